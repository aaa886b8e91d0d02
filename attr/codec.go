// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
)

// Codec turns the text of a file into a T and back. Either function may be
// nil: then such a value cannot be read, or not written.
type Codec[T any] struct {
	// Decode reads a value from the file's whole text, whose newline is
	// still there. It must not keep text.
	Decode func(text []byte) (T, error)

	// Append appends the text of v to b, without a newline at its end.
	Append func(b []byte, v T) ([]byte, error)
}

// codecOf finds the codec for T: the types that the kernel's own conventions
// have, slices and arrays of them, and what has a text form of its own.
func codecOf[T any](separator byte) Codec[T] {
	if c, ok := basic[T](); ok {
		return c
	}
	t := reflect.TypeFor[T]()
	switch {
	case t == reflect.TypeFor[[]byte]():
		return any(rawCodec()).(Codec[T])
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()), hasText(t):
		return textCodec[T]()
	}
	return reflected[T](separator)
}

// basic has the types that need no reflection, so that decoding one allocates
// nothing.
func basic[T any]() (Codec[T], bool) {
	var c any
	switch any(*new(T)).(type) {
	case int:
		c = Codec[int]{decodeSigned[int], appendSigned[int]}
	case int8:
		c = Codec[int8]{decodeSigned[int8], appendSigned[int8]}
	case int16:
		c = Codec[int16]{decodeSigned[int16], appendSigned[int16]}
	case int32:
		c = Codec[int32]{decodeSigned[int32], appendSigned[int32]}
	case int64:
		c = Codec[int64]{decodeSigned[int64], appendSigned[int64]}
	case uint:
		c = Codec[uint]{decodeUnsigned[uint], appendUnsigned[uint]}
	case uint8:
		c = Codec[uint8]{decodeUnsigned[uint8], appendUnsigned[uint8]}
	case uint16:
		c = Codec[uint16]{decodeUnsigned[uint16], appendUnsigned[uint16]}
	case uint32:
		c = Codec[uint32]{decodeUnsigned[uint32], appendUnsigned[uint32]}
	case uint64:
		c = Codec[uint64]{decodeUnsigned[uint64], appendUnsigned[uint64]}
	case bool:
		c = Codec[bool]{decodeBool, appendBool}
	case string:
		c = Codec[string]{decodeString, appendString}
	default:
		return Codec[T]{}, false
	}
	return c.(Codec[T]), true
}

func decodeString(text []byte) (string, error) { return string(trimNewlines(text)), nil }

func appendString(b []byte, v string) ([]byte, error) { return append(b, v...), nil }

func rawCodec() Codec[[]byte] {
	return Codec[[]byte]{
		Decode: func(text []byte) ([]byte, error) { return bytes.Clone(text), nil },
		Append: func(b, v []byte) ([]byte, error) { return append(b, v...), nil },
	}
}

func hasText(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) ||
		t.Implements(reflect.TypeFor[encoding.TextAppender]())
}

// textCodec is for the caller's own type.
func textCodec[T any]() Codec[T] {
	var c Codec[T]
	if reflect.PointerTo(reflect.TypeFor[T]()).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		c.Decode = func(text []byte) (T, error) {
			var v T
			text = trimNewlines(text)
			if err := any(&v).(encoding.TextUnmarshaler).UnmarshalText(text); err != nil {
				return v, malformed(text, reflect.TypeFor[T]().String(), err)
			}
			return v, nil
		}
	}
	if hasText(reflect.PointerTo(reflect.TypeFor[T]())) {
		c.Append = func(b []byte, v T) ([]byte, error) {
			switch m := any(&v).(type) {
			case encoding.TextAppender:
				return m.AppendText(b)
			case encoding.TextMarshaler:
				text, err := m.MarshalText()
				return append(b, text...), err
			}
			return b, nil
		}
	}
	return c
}

// reflected is for types that are named after a basic one, and for lists.
func reflected[T any](separator byte) Codec[T] {
	t := reflect.TypeFor[T]()
	return Codec[T]{
		Decode: func(text []byte) (T, error) {
			var v T
			return v, decodeInto(reflect.ValueOf(&v).Elem(), text, separator)
		},
		Append: func(b []byte, v T) ([]byte, error) {
			rv := reflect.ValueOf(v)
			if !rv.IsValid() {
				return b, fmt.Errorf("%w: a nil %v has no text", ErrMalformed, t)
			}
			return appendFrom(b, rv, separator)
		},
	}
}

// trimNewlines takes the newlines off the end: the one that show functions
// print, and those that a parameter keeps from having been written by echo.
func trimNewlines(text []byte) []byte { return bytes.TrimRight(text, "\n") }

// trim takes off what may stand around a number or a word.
// By hand, because bytes.Trim builds a set of the characters at each call,
// which is a tenth of what reading the value costs.
func trim(text []byte) []byte {
	for len(text) > 0 && blank(text[len(text)-1]) {
		text = text[:len(text)-1]
	}
	for len(text) > 0 && blank(text[0]) {
		text = text[1:]
	}
	return text
}

func blank(c byte) bool { return c == '\n' || c == ' ' || c == '\t' || c == 0 }
