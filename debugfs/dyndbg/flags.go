// SPDX-License-Identifier: Apache-2.0

package dyndbg

import "strings"

// Flags says whether a call site prints, and what stands before its message.
// Each flag of the kernel is a letter and has the bit of that letter, those
// that came after this package was written included.
type Flags uint32

// The flags that the kernel has (include/linux/dynamic_debug.h).
const (
	Print        Flags = 1 << ('p' - 'a') // the message is printed
	ModuleName   Flags = 1 << ('m' - 'a')
	FunctionName Flags = 1 << ('f' - 'a')
	SourceName   Flags = 1 << ('s' - 'a') // the file, not in 6.1
	LineNumber   Flags = 1 << ('l' - 'a')
	ThreadID     Flags = 1 << ('t' - 'a') // of who called, or <intr>
	StackTrace   Flags = 1 << ('d' - 'a') // the call trace, not in 6.12
)

// order is the one in which the kernel prints them; others come after.
const order = "pmfsltd"

const letters = 'z' - 'a' + 1

// ParseFlags reads flags as the kernel prints and takes them: letters in any
// order, or "_" for none. errors.Is finds [ErrMalformed] for anything else.
func ParseFlags(text string) (Flags, error) {
	f, ok := parseFlags([]byte(text))
	if !ok {
		return 0, malformed("", []byte(text), "no flags")
	}
	return f, nil
}

func parseFlags(b []byte) (Flags, bool) {
	if string(b) == "_" {
		return 0, true
	}
	var f Flags
	for _, c := range b {
		if c < 'a' || c > 'z' {
			return 0, false
		}
		f |= 1 << (c - 'a')
	}
	return f, len(b) > 0
}

// Has reports whether all flags of g are in f.
func (f Flags) Has(g Flags) bool { return f&g == g }

// String returns the flags as the kernel prints them: "pmf", and "_" for none.
func (f Flags) String() string { return string(f.append(make([]byte, 0, 8))) }

func (f Flags) append(b []byte) []byte {
	if f == 0 {
		return append(b, '_')
	}
	for i := range len(order) {
		if f.has(order[i]) {
			b = append(b, order[i])
		}
	}
	for c := byte('a'); c <= 'z'; c++ {
		if f.has(c) && strings.IndexByte(order, c) < 0 {
			b = append(b, c)
		}
	}
	return b
}

func (f Flags) has(letter byte) bool { return f>>(letter-'a')&1 == 1 }

// check refuses bits that are no letter.
func (f Flags) check() error {
	if f >= 1<<letters {
		return refused("%#x is no set of flags", uint32(f))
	}
	return nil
}
