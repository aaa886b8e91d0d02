// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// warning reads what follows `WARNING: `: the two forms of __warn() in
// kernel/panic.c and the heads of lockdep.
func warning(s string) (head, bool) {
	if h, ok := lockdep(s); ok {
		return h, true
	}
	at, ok := oldWarning(s)
	if !ok {
		at, ok = newWarning(s)
	}
	if !ok {
		return head{}, false
	}
	h, _ := alert(Warning, trap, "WARNING at "+place(at))
	h.file, _, _ = strings.Cut(at, ":")
	return h, true
}

// oldWarning reads `CPU: 1 PID: 12 at FILE:LINE FUNCTION`, until 6.18. FILE:LINE
// is missing without CONFIG_DEBUG_BUGVERBOSE.
func oldWarning(s string) (at string, ok bool) {
	if s, ok = strings.CutPrefix(s, "CPU: "); !ok {
		return "", false
	}
	if _, s, ok = number(s); !ok {
		return "", false
	}
	if s, ok = strings.CutPrefix(s, " PID: "); !ok {
		return "", false
	}
	if _, s, ok = number(s); !ok {
		return "", false
	}
	if s, ok = strings.CutPrefix(s, " at "); !ok {
		return "", false
	}
	at, _, _ = strings.Cut(s, " ")
	if !isPlace(at) {
		at = function(at)
	}
	return at, at != ""
}

// newWarning reads `FILE:LINE at FUNCTION, CPU#1: COMM/12`, since 6.19. The
// condition may stand in brackets in front of the file, and `at FUNCTION`
// may stand alone.
func newWarning(s string) (at string, ok bool) {
	i := strings.LastIndex(s, "CPU#")
	if i < 0 {
		return "", false
	}
	_, rest, ok := number(s[i+len("CPU#"):])
	if !ok || !strings.HasPrefix(rest, ":") {
		return "", false
	}
	s = strings.TrimRight(s[:i], ", ")
	if fn, ok := strings.CutPrefix(s, "at "); ok {
		return function(fn), function(fn) != ""
	}
	i = strings.LastIndex(s, " at ")
	if i < 0 {
		return "", false
	}
	at = s[strings.LastIndexByte(s[:i], ' ')+1 : i]
	return at, isPlace(at)
}

// bugAt reads what follows `kernel BUG at `: FILE:LINE! as BUG() prints it, with
// the condition in brackets in front since 6.19, or a bare function.
func bugAt(s string) (head, bool) {
	if before, ok := strings.CutSuffix(strings.TrimSpace(s), "!"); ok {
		at := before[strings.LastIndexByte(before, ' ')+1:]
		if isPlace(at) {
			return alert(Bug, trap, "kernel BUG at "+place(at))
		}
	}
	if strings.Contains(s, "verbose debug info unavailable") && function(s) != "" {
		return alert(Bug, trap, "kernel BUG at "+function(s))
	}
	return head{}, false
}

// unable reads what follows `Unable to handle kernel `, the words of arm,
// arm64 and riscv.
func unable(s string) (head, bool) {
	switch {
	case strings.HasPrefix(s, "NULL pointer"):
		return alert(Oops, trap, nullPointer)
	case strings.HasPrefix(s, "paging request"), strings.HasPrefix(s, "access to user memory"),
		strings.HasPrefix(s, "pointer dereference"), strings.HasPrefix(s, "execute from"),
		strings.HasPrefix(s, "read from"), strings.HasPrefix(s, "write to"):
		return alert(Oops, trap, pageFault)
	}
	return head{}, false
}

const (
	nullPointer = "NULL pointer dereference"
	pageFault   = "page fault"
)

func doubleFault(s string) (head, bool) {
	if strings.HasPrefix(s, "double fault") {
		return alert(Oops, trap, "double fault")
	}
	return head{}, false
}

// dying reads the line of die(), `general protection fault: 0000 [#1] SMP`,
// which since 6.10 has `Oops: ` in front on x86: something, and the number
// of this death in brackets. On arm64 and arm it is `Internal error: `.
func dying(line string) (head, bool) {
	what, ok := deathBefore(line)
	if !ok {
		return head{}, false
	}
	what, internal := strings.CutPrefix(what, "Internal error: ")
	oops := false
	for strings.HasPrefix(what, "Oops") { // `Oops: Oops: 0002 [#1]`
		oops, what = true, strings.TrimLeft(what[len("Oops"):], ": -")
	}
	if oops {
		return alert(Oops, die, deathName(what))
	}
	if internal || what == "Kernel BUG" {
		return alert(Oops, die, deathName(what))
	}
	// Without any of these words only an error code makes a death.
	if j := strings.LastIndex(what, ": "); j > 0 && len(what)-j-2 >= 4 && isHex(what[j+2:]) {
		return alert(Oops, die, deathName(what))
	}
	return head{}, false
}

// deathBefore returns what stands before the number of a death, ` [#1]`.
func deathBefore(s string) (what string, ok bool) {
	what, rest, ok := strings.Cut(s, " [#")
	if !ok {
		return "", false
	}
	_, rest, ok = number(rest)
	return what, ok && strings.HasPrefix(rest, "]")
}

// deathName drops the error code and the address, which differ each time.
func deathName(s string) string {
	s = cutAny(s, ", probably", ", maybe", ": ", ", sig", " at 0x")
	if s == "" || isHex(s) {
		return "oops"
	}
	return s
}

func isHex(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
		default:
			return false
		}
	}
	return s != ""
}

// panicked reads what follows `Kernel panic - not syncing`.
func panicked(s string) (head, bool) {
	why := clip(strings.TrimLeft(s, ": "))
	if why == "" {
		return alert(Panic, last, "kernel panic")
	}
	return alert(Panic, last, "kernel panic: "+why)
}

// consequences are the panics that an earlier report led to: it was the
// fault, and the panic is what a setting made of it.
var consequences = [...]string{
	"Fatal exception", "panic_on_warn set", "panic_on_oops", "hung_task:", "softlockup:", "hardlockup:", "Hard LOCKUP",
	"RCU Stall", "workqueue:", "Aiee, killing interrupt handler", "Attempted to kill init", "Attempted to kill the idle task",
	"system warned too often", "system oopsed too often",
}

func isConsequence(panicText string) bool {
	for _, c := range consequences {
		if strings.Contains(panicText, c) {
			return true
		}
	}
	return false
}
