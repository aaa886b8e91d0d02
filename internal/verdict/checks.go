// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// bug reads what follows `BUG: ` at the beginning of a line. The kernel's
// core owns that word there: what is not known by name is a Bug all the same.
func bug(s string) (head, bool) {
	for _, b := range bugs {
		if rest, ok := strings.CutPrefix(s, b.prefix); ok {
			if b.text != "" {
				return alert(b.kind, b.step, b.text)
			}
			return alert(b.kind, b.step, b.kind.String()+": "+sanitized(rest))
		}
	}
	// Where it happened, on which CPU and to whom is not part of the name.
	text := clip(cutAny(s, " [", " on CPU#", ": "))
	if text == "" {
		return head{}, false
	}
	return alert(Bug, alone, text)
}

var bugs = [...]struct {
	prefix string
	kind   Kind
	step   step
	text   string // "" takes it from the line
}{
	{"KASAN: ", KASAN, alone, ""},
	{"KMSAN: ", KMSAN, alone, ""},
	{"KCSAN: ", KCSAN, alone, ""},
	{"KFENCE: ", KFENCE, alone, ""},
	{"kernel NULL pointer dereference", Oops, trap, nullPointer},
	{"Kernel NULL pointer dereference", Oops, trap, nullPointer},
	{"unable to handle kernel NULL pointer", Oops, trap, nullPointer},
	{"unable to handle ", Oops, trap, pageFault},
	{"Unable to handle ", Oops, trap, pageFault},
	{"TASK stack guard page", Oops, trap, "stack guard page was hit"},
	{"IRQ stack guard page", Oops, trap, "stack guard page was hit"},
	{"stack guard page", Oops, trap, "stack guard page was hit"},
	{"soft lockup", Stall, alone, "soft lockup"},
	{"workqueue lockup", Stall, alone, "workqueue lockup"},
	{"spinlock lockup suspected", Stall, alone, "spinlock lockup suspected"},
	{"scheduling while atomic", Bug, alone, "scheduling while atomic"},
	{"Bad page state", Corruption, alone, "bad page state"},
	{"Bad page map", Corruption, alone, "bad page map"},
	{"Bad page cache", Corruption, alone, "bad page cache"},
	{"Bad rss-counter state", Corruption, alone, "bad rss-counter state"},
	{"non-zero pgtables_bytes", Corruption, alone, "non-zero pgtables_bytes"},
	{"MAX_LOCK", Lockdep, alone, "lockdep: a table is full"},
	{"MAX_STACK_TRACE", Lockdep, alone, "lockdep: a table is full"},
	{"key ", Lockdep, alone, "lockdep: key has not been registered"},
}

// sanitized is the report of a sanitizer without what differs each time:
// `use-after-free in f+0x1/0x2 [mod]` is `use-after-free in f`.
func sanitized(s string) string {
	what, where, ok := strings.Cut(s, " in ")
	if !ok {
		return what
	}
	// KCSAN names two functions.
	if one, other, ok := strings.Cut(where, " / "); ok {
		return what + " in " + function(one) + " / " + function(other)
	}
	return what + " in " + function(where)
}

// slab reads what follows `BUG `: `kmalloc-64 (Tainted: G B): Poison
// overwritten`, as slab_bug() in mm/slub.c prints it.
func slab(s string) (head, bool) {
	cache, rest, ok := strings.Cut(s, " (")
	if !ok || cache == "" || !strings.HasPrefix(rest, "Tainted: ") && !strings.HasPrefix(rest, "Not tainted") {
		return head{}, false
	}
	_, what, ok := strings.Cut(rest, "): ")
	if !ok {
		return head{}, false
	}
	what = cutAny(what, ". ", " 0x", " @")
	return alert(Corruption, message, "slab "+cache+": "+what)
}

// kasanHint reads `KASAN: null-ptr-deref in range [...]`, which follows the die
// line of an address that KASAN computed.
func kasanHint(s string) (head, bool) {
	what, _, ok := strings.Cut(s, " in range [")
	if !ok {
		return head{}, false
	}
	return alert(KASAN, last, "KASAN: "+what)
}

// ubsan reads `UBSAN: shift-out-of-bounds in lib/x.c:12:3`; CONFIG_UBSAN_TRAP
// ends the line with the number of a death.
func ubsan(s string) (head, bool) {
	what, where, ok := strings.Cut(s, " in ")
	if !ok {
		what, ok = deathBefore(s)
		if !ok {
			return head{}, false
		}
		return alert(UBSAN, die, "UBSAN: "+deathName(what))
	}
	// FILE:LINE:COLUMN
	where = place(function(where))
	if i := strings.LastIndexByte(where, ':'); i > 0 && isPlace(where[:i]) {
		where = where[:i]
	}
	return alert(UBSAN, trap, "UBSAN: "+what+" in "+where)
}

// refcount reads what follows `refcount_t`, lib/refcount.c.
func refcount(s string) (head, bool) {
	if !strings.HasPrefix(s, ": ") && !strings.HasPrefix(s, " hit zero") {
		return head{}, false
	}
	return alert(Corruption, message, "refcount_t: "+strings.TrimLeft(s, ": "))
}

func listCorrupt(prefix string) func(string) (head, bool) {
	text := prefix + "corruption"
	return func(s string) (head, bool) {
		if !strings.HasPrefix(s, "corruption") && !strings.HasPrefix(s, "double add") {
			return head{}, false
		}
		return alert(Corruption, message, text)
	}
}

// usercopy reads `Kernel memory exposure attempt detected from SLUB object
// 'name' (offset 0, size 64)!`.
func usercopy(s string) (head, bool) {
	if !strings.HasPrefix(s, "Kernel memory ") || !strings.Contains(s, " attempt detected ") {
		return head{}, false
	}
	return alert(Corruption, message, "usercopy: "+cutAny(s, " ("))
}

// kmemleak reads `3 new suspected memory leaks (see ...)`.
func kmemleak(s string) (head, bool) {
	count, rest, ok := number(s)
	if !ok || !strings.HasPrefix(rest, " new suspected memory leak") {
		return head{}, false
	}
	return alert(Leak, alone, "kmemleak: "+count+" new suspected memory leaks")
}

// netdevice reads `waiting for lo to become free. Usage count = 2`.
func netdevice(s string) (head, bool) {
	s, ok := strings.CutPrefix(s, "waiting for ")
	if !ok {
		return head{}, false
	}
	return alert(Leak, alone, "network device "+cutAny(s, " ")+" is never released")
}
