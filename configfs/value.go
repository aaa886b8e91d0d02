// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/attr"
)

// value is what is to be in an attribute: its text, without the newline that
// is written after it.
type value struct {
	text string
	kind valueKind
}

// valueKind is what a value was before it was text, which is what it is
// compared as.
type valueKind byte

const (
	textKind valueKind = iota
	boolKind
	numberKind
	bytesKind // no text, and written without a newline
)

// valueOf makes the text of a Go value for a file.
func valueOf(f attr.File, v any) (value, error) {
	kind := kindOfValue(v)
	if kind == bytesKind {
		b, err := attr.Text(f.Using(binary), v)
		return value{string(b), kind}, err
	}
	b, err := attr.Text(f, v)
	return value{strings.TrimSuffix(string(b), "\n"), kind}, err
}

func kindOfValue(v any) valueKind {
	switch v.(type) {
	case []byte:
		return bytesKind
	case json.Number:
		return numberKind
	}
	switch k := reflect.ValueOf(v).Kind(); {
	case k == reflect.Bool:
		return boolKind
	case k >= reflect.Int && k <= reflect.Uint64:
		return numberKind
	}
	return textKind
}

// is says whether what an attribute prints is this value. A text must be the
// same but for blanks around it, or be the choice in brackets of a selector; a
// number may be printed with another base, a bool by another word. What is
// taken for different is only written once more.
func (v value) is(printed string) bool {
	if v.kind == bytesKind {
		return v.text == printed
	}
	have, want := strings.TrimSpace(printed), strings.TrimSpace(v.text)
	if have == want {
		return true
	}
	switch v.kind {
	case boolKind:
		a, err := attr.YN().Decode([]byte(have))
		return err == nil && a == (want == "1")
	case numberKind:
		return sameNumber(have, want)
	}
	choice, ok := chosen(have)
	return ok && choice == want
}

// sameNumber compares decimal and hexadecimal numbers of 64 bits.
func sameNumber(a, b string) bool {
	x, errX := parseNumber(a)
	y, errY := parseNumber(b)
	return errX == nil && errY == nil && x == y
}

// number is a sign and a magnitude: both an s64 and a u64 fit.
type number struct {
	negative  bool
	magnitude uint64
}

func parseNumber(text string) (n number, err error) {
	digits, negative := strings.CutPrefix(text, "-")
	base := 10 // a leading 0 makes no octal number, as in package attr
	if hex, ok := strings.CutPrefix(strings.ToLower(digits), "0x"); ok {
		digits, base = hex, 16
	}
	n.magnitude, err = strconv.ParseUint(digits, base, 64)
	n.negative = negative && n.magnitude != 0
	return n, err
}

// chosen is the choice that a selector marks, "b" of "a [b] c".
func chosen(printed string) (string, bool) {
	var s attr.Selector
	if err := s.UnmarshalText([]byte(printed)); err != nil || s.Current == "" {
		return "", false
	}
	return s.Current, true
}

// written is what to write so that an attribute prints again what it printed.
func written(printed string) string {
	if choice, ok := chosen(printed); ok {
		return choice
	}
	return strings.TrimRight(printed, "\n")
}
