// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bytes"
	"math"
	"time"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Parse takes b, one record in the form that a read of /dev/kmsg gives it,
// apart:
//
//	6,339,5140900,-,caller=T1;NET: Registered protocol family 10
//	 SUBSYSTEM=net
//
// The record borrows b from then on, and b is no longer what it was: the text
// is unescaped in its place. Fields that a newer kernel may have added before
// the semicolon are passed over, and the newline at the end may be missing.
//
// What is no record, or more than one, is an error for which errors.Is finds
// [ErrMalformed], and *rec is left as it was; take a capture of many apart
// with [Split].
//
// Parse depends on nothing but b and does not allocate. Records of different
// memory may be parsed at once.
//
// It follows Documentation/ABI/testing/dev-kmsg.
func Parse(b []byte, rec *Record) error {
	header, body, ok := bytes.Cut(b, semicolon)
	if !ok {
		return malformed(b, "no semicolon after the prefix")
	}
	var r Record
	if problem := r.parseHeader(header); problem != "" {
		return malformed(b, problem)
	}
	text, dict, _ := bytes.Cut(body, newline)
	if !isDictionary(dict) {
		return malformed(b, "more than one record")
	}
	r.Text, r.dict = unescape(text), dict
	*rec = r
	return nil
}

// parseHeader reads "priority,sequence,microseconds,flags,..." and returns
// what is wrong with it, or "".
func (r *Record) parseHeader(b []byte) (problem string) {
	field, b, _ := bytes.Cut(b, comma)
	priority, ok := decimal.Parse(field)
	if !ok || priority > math.MaxUint8<<3|7 {
		return "the priority is no number up to 2047"
	}
	r.Level, r.Facility = Level(priority&7), Facility(priority>>3)

	field, b, _ = bytes.Cut(b, comma)
	if r.Sequence, ok = decimal.Parse(field); !ok {
		return "the sequence number is no number"
	}

	field, b, _ = bytes.Cut(b, comma)
	usec, ok := decimal.Parse(field)
	if !ok || usec > math.MaxInt64/uint64(time.Microsecond) {
		return "the time is no number of microseconds"
	}
	r.Time = time.Duration(usec) * time.Microsecond

	if bytes.IndexByte(b, '\n') >= 0 {
		return "the prefix has a line break"
	}
	field, b, _ = bytes.Cut(b, comma)
	// Linux 3.5 to 4.8 wrote "c" for the first fragment, "+" for the others.
	r.Continuation = len(field) == 1 && (field[0] == 'c' || field[0] == '+')

	for len(b) > 0 {
		field, b, _ = bytes.Cut(b, comma)
		if v, ok := bytes.CutPrefix(field, callerPrefix); ok {
			r.Caller = parseCaller(v)
		}
	}
	return ""
}

// isDictionary reports whether every line of b starts with the space that
// tells it from a record.
func isDictionary(b []byte) bool {
	for len(b) > 0 {
		if b[0] != ' ' {
			return false
		}
		_, b, _ = bytes.Cut(b, newline)
	}
	return true
}

var (
	comma        = []byte{','}
	semicolon    = []byte{';'}
	colon        = []byte{':'}
	equals       = []byte{'='}
	newline      = []byte{'\n'}
	callerPrefix = []byte("caller=")
)
