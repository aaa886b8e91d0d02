// SPDX-License-Identifier: Apache-2.0

package kmsg

// devicePath is where the kernel log is.
const devicePath = "/dev/kmsg"

// From is where in the log a reader begins.
type From uint8

const (
	// All begins with the oldest record that is still in the ring buffer when
	// the first one is read.
	All From = iota

	// Clear begins after the last "dmesg --clear", which removes nothing and
	// only leaves a mark; where nobody cleared, with the first record since
	// boot, and with a [Gap] if that is no longer there.
	Clear

	// Now begins with what is logged after Open has returned.
	Now
)

// Options says how to open the log for reading. The zero value reads all of
// /dev/kmsg.
type Options struct {
	From From
	Path string // "" is /dev/kmsg
}

// WriterOptions says how to open the log for writing. The zero value writes
// to /dev/kmsg as [User].
type WriterOptions struct {
	// Facility is what the records are marked as. Nobody in user space can
	// write as [Kern]: the kernel makes [User] of it, and so the zero value
	// means User.
	Facility Facility

	Path string // "" is /dev/kmsg
}
