// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"
)

// textOf writes a value as the kernel reads it, before quoting; present is
// false for nil.
func textOf(v reflect.Value, hex bool) (text string, present bool, err error) {
	v, ok := indirect(v)
	if !ok {
		return "", false, nil
	}
	if isList(v) {
		return listOf(v, hex)
	}
	text, err = scalarOf(v, hex)
	return text, true, err
}

// isList reports whether v is an array to the kernel.
func isList(v reflect.Value) bool {
	return (v.Kind() == reflect.Slice || v.Kind() == reflect.Array) && !hasText(v.Type())
}

func listOf(v reflect.Value, hex bool) (text string, present bool, err error) {
	if v.Kind() == reflect.Slice && v.IsNil() {
		return "", false, nil
	}
	if v.Len() == 0 {
		return "", false, refuse("the kernel has no array without elements (it would read one empty element): leave it nil to omit it")
	}
	var b strings.Builder
	for i := range v.Len() {
		elem, ok := indirect(v.Index(i))
		switch {
		case !ok:
			return "", false, refuse("element %d is nil", i)
		case isList(elem):
			return "", false, refuse("element %d is a list: the kernel's arrays do not nest", i)
		}
		one, err := scalarOf(elem, hex)
		if err != nil {
			return "", false, within("element "+strconv.Itoa(i), err)
		}
		if strings.IndexByte(one, ',') >= 0 {
			return "", false, refuse("element %d, %q, has a comma, which separates elements, quoted or not", i, one)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(one)
	}
	return b.String(), true, nil
}

func scalarOf(v reflect.Value, hex bool) (string, error) {
	if m, ok := asTextMarshaler(v); ok {
		b, err := m.MarshalText()
		return string(b), err
	}
	base, prefix := 10, ""
	if hex {
		base, prefix = 16, "0x"
	}
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			return "1", nil
		}
		return "0", nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		digits, negative := strings.CutPrefix(strconv.FormatInt(v.Int(), base), "-")
		if negative {
			return "-" + prefix + digits, nil
		}
		return prefix + digits, nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return prefix + strconv.FormatUint(v.Uint(), base), nil
	case reflect.String:
		return v.String(), nil
	case reflect.Float32, reflect.Float64:
		return "", refuse("a %s: the kernel has no parameters with a fraction", v.Type())
	}
	return "", refuse("a %s is no parameter value: give a bool, an integer, a string, a list of these, or an encoding.TextMarshaler", v.Type())
}

// asTextMarshaler finds MarshalText on the value or, where only the pointer
// has it, on a copy's address.
func asTextMarshaler(v reflect.Value) (encoding.TextMarshaler, bool) {
	if !reflect.PointerTo(v.Type()).Implements(textMarshaler) || !v.CanInterface() {
		return nil, false
	}
	if !v.Type().Implements(textMarshaler) {
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		v = p
	}
	m, ok := v.Interface().(encoding.TextMarshaler)
	return m, ok
}

// maxDepth ends a chain of pointers that leads to itself.
const maxDepth = 100

// indirect follows pointers and interfaces; ok is false where one is nil, and
// for a chain that does not end.
func indirect(v reflect.Value) (target reflect.Value, ok bool) {
	for range maxDepth {
		if !v.IsValid() {
			return v, false
		}
		if v.Kind() != reflect.Pointer && v.Kind() != reflect.Interface {
			return v, true
		}
		if v.IsNil() {
			return v, false
		}
		v = v.Elem()
	}
	return v, false
}

// isEmpty is what omitempty leaves out.
func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}
