// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kernlink/kernlink/procfs"
)

// appendPrintable appends text that came from elsewhere. A process names
// itself: a control sequence in its name is not for the terminal to obey.
func appendPrintable[T ~string | ~[]byte](b []byte, text T) []byte {
	for _, r := range string(text) {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			r = '?'
		}
		b = utf8.AppendRune(b, r)
	}
	return b
}

// appendCommand appends the arguments, or the name in brackets when there are
// none.
func appendCommand(b []byte, args []procfs.Text, comm procfs.Text) []byte {
	if len(args) == 0 {
		return append(appendPrintable(append(b, '['), comm), ']')
	}
	for i, arg := range args {
		if i > 0 {
			b = append(b, ' ')
		}
		b = appendPrintable(b, arg)
	}
	return b
}

// appendBytes appends an amount in four or five characters: 812, 1.2K, 96.0K, 212M.
func appendBytes(b []byte, n float64) []byte {
	if n < 1000 {
		return strconv.AppendFloat(b, n, 'f', 0, 64)
	}
	unit := 0
	for n /= 1024; n >= 1000 && unit < len("KMGTP")-1; n /= 1024 {
		unit++
	}
	decimals := 1
	if n >= 99.95 {
		decimals = 0
	}
	return append(strconv.AppendFloat(b, n, 'f', decimals, 64), "KMGTP"[unit])
}

// appendAge appends a duration in its two largest units: 0.4s, 12m30s, 3d4h.
func appendAge(b []byte, d time.Duration) []byte {
	const day = 24 * time.Hour
	pair := func(large time.Duration, a string, small time.Duration, z string) []byte {
		b = append(strconv.AppendInt(b, int64(d/large), 10), a...)
		return append(strconv.AppendInt(b, int64(d%large/small), 10), z...)
	}
	switch {
	case d < time.Minute:
		return append(strconv.AppendFloat(b, max(d, 0).Seconds(), 'f', 1, 64), 's')
	case d < time.Hour:
		return pair(time.Minute, "m", time.Second, "s")
	case d < day:
		return pair(time.Hour, "h", time.Minute, "m")
	case d < 100*day:
		return pair(day, "d", time.Hour, "h")
	}
	return append(strconv.AppendInt(b, int64(d/day), 10), 'd')
}

// alignRight puts blanks before what stands behind from, alignLeft after it,
// until it is width characters wide.
func alignRight(b []byte, from, width int) []byte {
	to := len(b)
	b = alignLeft(b, from, width)
	blanks := len(b) - to
	copy(b[from+blanks:], b[from:to])
	for i := range blanks {
		b[from+i] = ' '
	}
	return b
}

func alignLeft(b []byte, from, width int) []byte {
	for n := utf8.RuneCount(b[from:]); n < width; n++ {
		b = append(b, ' ')
	}
	return b
}

// cut shortens what stands behind from to a number of characters; 0 is any.
func cut(b []byte, from, width int) []byte {
	if width <= 0 || len(b)-from <= width {
		return b
	}
	end := from
	for ; width > 0 && end < len(b); width-- {
		_, size := utf8.DecodeRune(b[end:])
		end += size
	}
	return b[:end]
}
