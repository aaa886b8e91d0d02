// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"math/bits"
	"strconv"
)

// TaintBit is the number of a bit in /proc/sys/kernel/tainted.
type TaintBit uint

// The bits that a running kernel may set upon a fault, TAINT_* in
// include/linux/panic.h.
const (
	TaintForcedUnload TaintBit = 3  // R
	TaintMachineCheck TaintBit = 4  // M
	TaintBadPage      TaintBit = 5  // B
	TaintDie          TaintBit = 7  // D
	TaintWarn         TaintBit = 9  // W
	TaintOutOfTree    TaintBit = 12 // O
	TaintUnsigned     TaintBit = 13 // E
	TaintSoftLockup   TaintBit = 14 // L
)

// Mask returns the bit as it stands in the number.
func (b TaintBit) Mask() uint64 { return 1 << b }

// String returns the letter of the oops message's `Tainted:` field and the
// meaning: "W: kernel issued warning".
func (b TaintBit) String() string {
	if int(b) < len(taints) {
		return taints[b]
	}
	return "bit " + strconv.Itoa(int(b)) + ": unknown to this version"
}

var taints = [...]string{
	"P: proprietary module was loaded",
	"F: module was force loaded",
	"S: kernel running on an out of specification system",
	"R: module was force unloaded",
	"M: processor reported a Machine Check Exception (MCE)",
	"B: bad page referenced or some unexpected page flags",
	"U: taint requested by userspace application",
	"D: kernel died recently, i.e. there was an OOPS or BUG",
	"A: ACPI table overridden by user",
	"W: kernel issued warning",
	"C: staging driver was loaded",
	"I: workaround for bug in platform firmware applied",
	"O: externally-built (\"out-of-tree\") module was loaded",
	"E: unsigned module was loaded",
	"L: soft lockup occurred",
	"K: kernel has been live patched",
	"X: auxiliary taint, defined for and used by distros",
	"T: kernel was built with the struct randomization plugin",
	"N: an in-kernel test has been run",
	"J: userspace used a mutating debug operation in fwctl",
}

// Taint names the bits that are set, lowest first; nil for none. Letters and
// meanings are those of Documentation/admin-guide/tainted-kernels.rst.
func Taint(tainted uint64) []string {
	if tainted == 0 {
		return nil
	}
	names := make([]string, 0, bits.OnesCount64(tainted))
	for ; tainted != 0; tainted &= tainted - 1 {
		names = append(names, TaintBit(bits.TrailingZeros64(tainted)).String())
	}
	return names
}

// NewTaint returns the bits of after that before did not have. The kernel
// never takes a bit back.
func NewTaint(before, after uint64) uint64 { return after &^ before }

// TaintOf returns the bits that a fault of this kind may set: with a line in
// the log that says what happened, they are no news of their own. It is 0 for
// kinds that leave no mark.
func TaintOf(k Kind) uint64 {
	const (
		page = 1 << TaintBadPage
		die  = 1 << TaintDie
		warn = 1 << TaintWarn
		soft = 1 << TaintSoftLockup
	)
	switch k {
	case Panic, Oops, Bug:
		return die | warn
	case Warning, Lockdep, UBSAN, KCSAN:
		return warn
	case KASAN, KMSAN, KFENCE:
		return page | warn
	case Corruption:
		return page | warn | die
	case Stall:
		return soft | warn
	}
	return 0
}
