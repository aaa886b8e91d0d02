// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
)

// countsNumbers says that a T is written as numbers whose count is the file's
// to say.
func countsNumbers[T any](p *Policy) bool {
	if p == nil || !p.Counted {
		return false
	}
	t := reflect.TypeFor[T]()
	if t.Kind() != reflect.Slice && t.Kind() != reflect.Array || isText(t) || isText(t.Elem()) {
		return false
	}
	switch t.Elem().Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return true
	}
	return false // of uint8 it is bytes
}

func isText(t reflect.Type) bool {
	return hasText(t) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

// checkCount compares the count of numbers in what is to be written with that
// in what is there, if that is numbers.
func (f File) checkCount(text, present []byte) error {
	words := bytes.Fields(present)
	for _, word := range words {
		if _, err := decodeSigned[int64](word); err != nil {
			if _, err := decodeUnsigned[uint64](word); err != nil {
				return nil
			}
		}
	}
	n := len(bytes.Fields(text))
	if len(words) == 0 || n == len(words) {
		return nil
	}
	return f.failure("set", fmt.Errorf("%w: %s is %d numbers for a file of %d, which the kernel would store in part",
		ErrMalformed, quoted(bytes.TrimSuffix(text, []byte{'\n'})), n, len(words)))
}
