// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// Classify says what one line of the kernel log means. line is the text of a
// record without time stamp and prefix, as package kmsg gives it and [Strip]
// leaves it. ok is false for every line that begins no report: harmless ones,
// and those inside a report.
//
// The Fault allocates where its text has to be put together; the lines of a
// healthy log cost no allocation. Safe for concurrent use.
func Classify(line string) (f Fault, ok bool) {
	h, ok := classify(line)
	return h.Fault, ok
}

// step is the place of a head in the order in which the heads of one and the
// same report come: refcount_t's message, then WARNING; usercopy's message,
// then `kernel BUG at`, then `Oops:`, then the panic.
type step int

const (
	alone   step = iota // begins a report that has no further head
	message             // says what, before the WARNING or BUG that it leads to
	trap                // WARNING, `kernel BUG at`, `BUG: unable to handle`
	die                 // `Oops: ... [#1]`
	last                // the panic
)

// head is a line that names a report.
type head struct {
	Fault
	step step
	file string // of a WARNING: where it was
}

func alert(k Kind, s step, text string) (head, bool) {
	text = clip(text)
	if text == "" {
		text = k.String() // a damaged line: the kind is all that can be told
	}
	return head{Fault: Fault{Kind: k, Text: text}, step: s}, true
}

// classify looks at nothing but the beginning of the line first: all but a
// few lines of a log end here.
func classify(line string) (head, bool) {
	if len(line) < len("BUG x") {
		return head{}, false
	}
	for _, p := range parsers {
		if rest, ok := strings.CutPrefix(line, p.prefix); ok {
			if h, ok := p.parse(rest); ok {
				return h, true
			}
		}
	}
	return dying(line)
}

// parsers are tried in order; several may share a prefix. What a parser
// refuses goes on to the next.
var parsers = [...]struct {
	prefix string
	parse  func(rest string) (head, bool)
}{
	{"BUG: ", bug},
	{"BUG ", slab},
	{"WARNING: ", warning},
	{"INFO: ", info},
	{"Kernel panic - not syncing", panicked},
	{"kernel BUG at ", bugAt},
	{"Kernel BUG at ", bugAt},
	{"UBSAN: ", ubsan},
	{"KASAN: ", kasanHint},
	{"[ BUG: ", bracketed},
	{"[ INFO: ", bracketed},
	{"rcu: INFO: ", info},
	{"watchdog: ", watchdog},
	{"NMI watchdog: ", watchdog},
	{"Watchdog ", hardLockup},
	{"smp: csd: ", csd},
	{"csd: ", csd},
	{"refcount_t", refcount},
	{"list_add ", listCorrupt("list_add ")},
	{"list_del ", listCorrupt("list_del ")},
	{"usercopy: ", usercopy},
	{"kmemleak: ", kmemleak},
	{"unregister_netdevice: ", netdevice},
	{"Unable to handle kernel ", unable},
	{"traps: PANIC: ", doubleFault},
	{"PANIC: ", doubleFault},
}

// maxText is the longest Text in bytes.
const maxText = 160

// clip makes a Text of what a line says: one line, printable, not too long.
func clip(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }); i >= 0 {
		s = s[:i]
	}
	if len(s) > maxText {
		s = strings.ToValidUTF8(s[:maxText], "")
	}
	return strings.TrimRight(s, " .,:;!")
}

// cutAny returns s up to the first of the separators, all of it when there is
// none.
func cutAny(s string, separators ...string) string {
	for _, sep := range separators {
		s, _, _ = strings.Cut(s, sep)
	}
	return s
}

// function returns the name of a `function+0x12/0x34 [module]`, or of the
// `function (file.c:12)` that a decoder made of it.
func function(s string) string { return cutAny(strings.TrimSpace(s), "+0x", " ") }

// place shortens FILE:LINE to what the reader can use: the path of the
// machine that built the module says nothing to anyone else.
func place(s string) string {
	for strings.HasPrefix(s, "./") {
		s = s[2:]
	}
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, "../") {
		s = s[strings.LastIndexByte(s, '/')+1:]
	}
	return s
}

// isPlace reports whether s is FILE:LINE.
func isPlace(s string) bool {
	i := strings.LastIndexByte(s, ':')
	return i > 0 && isNumber(s[i+1:])
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// number cuts the decimal number off that s begins with.
func number(s string) (digits, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	return s[:i], s[i:], i > 0
}
