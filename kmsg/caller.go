// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"strconv"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Caller is who printed a record. The zero Caller says that the kernel does
// not tell, which is so without CONFIG_PRINTK_CALLER.
type Caller struct {
	Kind byte   // 'T': a thread, 'C': a CPU outside of any thread (an interrupt), 0: not told
	ID   uint32 // the thread's or the CPU's number, thread 0 being the boot and idle one
}

// String returns the kernel's form, T123 or C0, and "" for the zero Caller.
func (c Caller) String() string {
	if c.Kind == 0 {
		return ""
	}
	return string(rune(c.Kind)) + strconv.FormatUint(uint64(c.ID), 10)
}

// parseCaller reads the value of the caller= field. What it does not know
// (the kernel's document asks to ignore that) becomes the zero Caller.
func parseCaller(b []byte) Caller {
	if len(b) == 0 || b[0] != 'T' && b[0] != 'C' {
		return Caller{}
	}
	id, ok := decimal.Parse(b[1:])
	if !ok || id > 1<<32-1 {
		return Caller{}
	}
	return Caller{Kind: b[0], ID: uint32(id)}
}
