// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"fmt"
	"time"
)

// Record is one record of the kernel log.
//
// Text and what the methods return lie in the memory that the record was
// parsed from: a Record that a [Log] hands out is good until the next one is
// read. [Record.Clone] makes one that lasts.
type Record struct {
	// Sequence is the record's number since boot. Records are numbered
	// without holes; see [Gap].
	Sequence uint64

	// Time since boot by the printk clock, in whole microseconds. It does not
	// count suspend, and records of different CPUs may stand slightly out of
	// its order.
	Time time.Duration

	Level    Level
	Facility Facility

	// Continuation is set when the text is a fragment that should be read as
	// one line with the records before it (printk with KERN_CONT that the
	// kernel could not merge, flag "c"). The kernel's document says itself
	// that this is a hint and no promise.
	Continuation bool

	// Caller is the thread or CPU that printed it, where the kernel was built
	// with CONFIG_PRINTK_CALLER.
	Caller Caller

	// Text is the message, unescaped: any bytes, usually one line of UTF-8,
	// without the newline at its end.
	Text Text

	dict []byte // the " KEY=value\n" lines as they came
}

// Clone returns a copy that shares no memory with r and so outlives the next
// read. It allocates once.
func (r Record) Clone() Record {
	b := make([]byte, 0, len(r.Text)+len(r.dict))
	b = append(b, r.Text...)
	b = append(b, r.dict...)
	n := len(r.Text)
	r.Text, r.dict = b[:n:n], b[n:]
	return r
}

// String returns the record in the form that dmesg(1) prints by default,
//
//	[    5.140900] NET: Registered protocol family 10
//
// with the text as it is: control characters in it reach the terminal. It
// allocates.
func (r Record) String() string {
	return fmt.Sprintf("[%5d.%06d] %s", r.Time/time.Second, r.Time%time.Second/time.Microsecond, r.Text)
}
