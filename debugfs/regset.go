// SPDX-License-Identifier: Apache-2.0

package debugfs

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/lines"
)

// ErrMalformed is what errors.Is finds when a line is no register.
var ErrMalformed = errors.New("not what the kernel prints there")

// Text is a piece of a file, in memory that is borrowed. fmt.Println(reg.Name)
// prints it as text.
type Text []byte

// String returns a copy.
func (t Text) String() string { return string(t) }

// Register is one register of a set.
type Register struct {
	Name  Text // as the driver named it, any bytes; borrowed
	Value uint32
}

// String returns the register as the kernel prints it, without the newline.
func (r Register) String() string { return fmt.Sprintf("%s = 0x%08x", []byte(r.Name), r.Value) }

// ParseRegister takes one line of a set of registers apart, as
// debugfs_create_regset32 prints it:
//
//	CTRL = 0x00000001
//
// Name borrows from b. errors.Is finds [ErrMalformed] for another line. It
// allocates for an error only.
func ParseRegister(b []byte) (Register, error) {
	r, ok := parseRegister(b)
	if !ok {
		return Register{}, malformed("", b)
	}
	return r, nil
}

func parseRegister(b []byte) (Register, bool) {
	const between = " = 0x"
	b = bytes.TrimSuffix(b, []byte("\n"))
	i := len(b) - len("00000000")
	if i < len(between) || string(b[i-len(between):i]) != between {
		return Register{}, false
	}
	var value uint32
	for _, c := range b[i:] {
		digit, ok := hexDigit(c)
		if !ok {
			return Register{}, false
		}
		value = value<<4 | digit
	}
	return Register{Text(b[:i-len(between)]), value}, true
}

// hexDigit knows the digits that the kernel prints.
func hexDigit(c byte) (uint32, bool) {
	switch {
	case '0' <= c && c <= '9':
		return uint32(c - '0'), true
	case 'a' <= c && c <= 'f':
		return uint32(c-'a') + 10, true
	}
	return 0, false
}

// Registers goes through a file that a driver made with
// debugfs_create_regset32, register by register. What a turn yields is
// borrowed until the next. Each loop has the kernel read the registers anew,
// one after the other: it is no snapshot of them.
//
// A line that is no register is an error in its place, for which errors.Is
// finds [ErrMalformed], and the loop goes on. Any other error is the last
// thing yielded: those of reading a file. It allocates a buffer for the whole
// loop.
func Registers(f attr.File) iter.Seq2[Register, error] {
	return func(yield func(Register, error) bool) {
		fd, err := f.Open()
		if err != nil {
			yield(Register{}, err)
			return
		}
		text := lines.New(fd)
		defer text.Close()
		for {
			b, err := text.Next()
			if err != nil {
				yield(Register{}, f.ReadFailure("read", fd, err))
				return
			}
			if b == nil {
				return
			}
			r, ok := parseRegister(b)
			if !ok {
				err = malformed(f.Path(), b)
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

func malformed(path string, b []byte) error {
	return &kernlink.Error{
		Channel: channel, Op: "parse", Path: path,
		Err: fmt.Errorf("%w: no register: %s", ErrMalformed, strconv.Quote(string(b[:min(len(b), 40)]))),
	}
}
