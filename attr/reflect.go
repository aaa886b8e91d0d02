// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
)

// decodeInto reads text into a value of any type that has a form in a file.
func decodeInto(v reflect.Value, text []byte, separator byte) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		text = trimNewlines(text)
		if err := u.UnmarshalText(text); err != nil {
			return malformed(text, v.Type().String(), err)
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := decodeSigned[int64](text)
		if err != nil || v.OverflowInt(n) {
			return malformed(text, v.Type().String(), err)
		}
		v.SetInt(n)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := decodeUnsigned[uint64](text)
		if err != nil || v.OverflowUint(n) {
			return malformed(text, v.Type().String(), err)
		}
		v.SetUint(n)
	case reflect.Bool:
		b, err := decodeBool(text)
		v.SetBool(b)
		return err
	case reflect.String:
		v.SetString(string(trimNewlines(text)))
	case reflect.Slice, reflect.Array:
		return decodeList(v, text, separator)
	default:
		return fmt.Errorf("%w: %v has no form in a file", ErrMalformed, v.Type())
	}
	return nil
}

func decodeList(v reflect.Value, text []byte, separator byte) error {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(bytes.Clone(text))
		return nil
	}
	words := split(text, separator)
	if v.Kind() == reflect.Array && len(words) != v.Len() {
		return malformed(text, v.Type().String(), fmt.Errorf("it has %d elements", len(words)))
	}
	if v.Kind() == reflect.Slice {
		v.Set(reflect.MakeSlice(v.Type(), len(words), len(words)))
	}
	for i, word := range words {
		if err := decodeInto(v.Index(i), word, separator); err != nil {
			return err
		}
	}
	return nil
}

func split(text []byte, separator byte) [][]byte {
	if separator == 0 {
		return bytes.Fields(trim(text))
	}
	text = trimNewlines(text)
	if len(text) == 0 {
		return nil
	}
	return bytes.Split(text, []byte{separator})
}

// appendFrom appends the text of a value.
func appendFrom(b []byte, v reflect.Value, separator byte) ([]byte, error) {
	if hasText(v.Type()) {
		if m, ok := v.Interface().(encoding.TextAppender); ok {
			return m.AppendText(b)
		}
		text, err := v.Interface().(encoding.TextMarshaler).MarshalText()
		return append(b, text...), err
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return appendSigned(b, v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return appendUnsigned(b, v.Uint())
	case reflect.Bool:
		return appendBool(b, v.Bool())
	case reflect.String:
		return append(b, v.String()...), nil
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return b, fmt.Errorf("%w: a nil %v has no text", ErrMalformed, v.Type())
		}
		return appendFrom(b, v.Elem(), separator)
	case reflect.Slice, reflect.Array:
		return appendList(b, v, separator)
	}
	return b, fmt.Errorf("%w: %v has no form in a file", ErrMalformed, v.Type())
}

func appendList(b []byte, v reflect.Value, separator byte) ([]byte, error) {
	if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
		return append(b, v.Bytes()...), nil
	}
	if separator == 0 {
		separator = ' '
	}
	for i := range v.Len() {
		if i > 0 {
			b = append(b, separator)
		}
		begin := len(b)
		var err error
		if b, err = appendFrom(b, v.Index(i), separator); err != nil {
			return b, err
		}
		if bytes.IndexByte(b[begin:], separator) >= 0 || len(b) == begin {
			return b, fmt.Errorf("%w: %q cannot be an element of a list", ErrMalformed, b[begin:])
		}
	}
	return b, nil
}
