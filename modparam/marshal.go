// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"reflect"
	"slices"
	"strings"
)

// Marshal writes v as the parameter string of a module, for finit_module(2)
// and package kmod.
//
// v is one of
//   - a struct or a pointer to one. Its fields are named by tags:
//     `param:"cnt"`, `param:"mask,hex"` writes numbers as 0x1f,
//     `param:"cnt,omitempty"` leaves out a zero value and a list without
//     elements, `param:"-"` is no parameter. An exported field without tag is
//     refused, as a guessed name would be ignored by the kernel. Embedded
//     structs count as their fields. The order is that of the fields.
//   - a map with string keys; the order is that of the sorted names.
//   - a []Param or a Param, as it stands. Only here a name may come twice.
//   - a string, which is returned unchanged if [Parse] accepts it, its names
//     can be names, and nothing stands after a --.
//   - nil, or a nil pointer or map: the empty string.
//
// A value is a bool (1 and 0), an integer, a string, an
// encoding.TextMarshaler, a slice or array of these (comma separated; []byte
// is an array of numbers), or a pointer to one. A nil pointer, interface or
// slice is left out. What the kernel cannot be told is refused; the package
// overview lists it.
//
// Errors are *kernlink.Error with the parameter's name as Path; the text names
// the struct field and the reason.
//
// It follows parse_args in kernel/params.c. See also
// Documentation/admin-guide/kernel-parameters.rst.
func Marshal(v any) (string, error) {
	e := encoder{}
	if err := e.any(v); err != nil {
		return "", err
	}
	return string(e.out), nil
}

// encoder collects the words.
type encoder struct{ out []byte }

func (e *encoder) any(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return e.raw(v)
	case Param:
		return e.list([]Param{v})
	case []Param:
		return e.list(v)
	}
	rv, ok := indirect(reflect.ValueOf(v))
	if !ok {
		return nil
	}
	switch {
	case rv.Kind() == reflect.Struct && rv.Type() != reflect.TypeFor[Param]():
		return e.structure(rv)
	case rv.Kind() == reflect.Map && rv.Type().Key().Kind() == reflect.String:
		return e.table(rv)
	case rv.Kind() == reflect.String:
		return e.raw(rv.String())
	case rv.CanInterface() && rv.Type() != reflect.TypeOf(v):
		return e.any(rv.Interface())
	}
	return failed("marshal", "", refuse("a %T is no set of parameters: give a struct, a map with string keys, a []modparam.Param or a string", v))
}

// raw takes a string that is a parameter string already.
func (e *encoder) raw(s string) error {
	params, after, err := parse("marshal", s)
	if err != nil {
		return err
	}
	for _, p := range params {
		if err := checkName(p.Name); err != nil {
			return failed("marshal", p.Name, err)
		}
	}
	if after != "" {
		return failed("marshal", "", refuse("%q stands after --, where the kernel ignores it", after))
	}
	e.out = append(e.out, s...)
	return nil
}

func (e *encoder) list(params []Param) error {
	for _, p := range params {
		if err := checkName(p.Name); err != nil {
			return failed("marshal", p.Name, err)
		}
		if p.HasValue {
			if err := e.word(p.Name, p.Value); err != nil {
				return failed("marshal", p.Name, err)
			}
			continue
		}
		if p.Value != "" {
			return failed("marshal", p.Name, refuse("HasValue is false and Value is %q", p.Value))
		}
		e.separate()
		e.out = append(e.out, p.Name...)
	}
	return nil
}

func (e *encoder) structure(v reflect.Value) error {
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return failed("marshal", "", err)
	}
	for _, f := range fields {
		fv, err := v.FieldByIndexErr(f.index)
		if err != nil { // within an embedded nil pointer
			continue
		}
		if f.omitEmpty && isEmpty(fv) {
			continue
		}
		if err := e.value(f.name, fv, f.hex); err != nil {
			return failed("marshal", f.name, within("field "+f.path, err))
		}
	}
	return nil
}

func (e *encoder) table(v reflect.Value) error {
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	seen := make(map[string]string, len(keys))
	for _, k := range keys {
		name := k.String()
		err := checkName(name)
		if err == nil {
			if other, twice := seen[canonical(name)]; twice {
				err = refuse("given twice: %s and %s are one name to the kernel", other, name)
			}
			seen[canonical(name)] = name
		}
		if err == nil {
			err = e.value(name, v.MapIndex(k), false)
		}
		if err != nil {
			return failed("marshal", name, err)
		}
	}
	return nil
}

// value writes name=v, or nothing for a nil v.
func (e *encoder) value(name string, v reflect.Value, hex bool) error {
	text, present, err := textOf(v, hex)
	if err != nil || !present {
		return err
	}
	return e.word(name, text)
}

// word writes name=value, with the value as the kernel must read it.
func (e *encoder) word(name, value string) error {
	space := false
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"':
			return refuse("%q has a double quote, for which the kernel knows no escape", value)
		case c == 0:
			return refuse("%q has a NUL, where the kernel would end the string", value)
		case isSpace(c):
			space = true
		}
	}
	e.separate()
	e.out = append(append(e.out, name...), '=')
	if space {
		e.out = append(append(append(e.out, '"'), value...), '"')
	} else {
		e.out = append(e.out, value...)
	}
	return nil
}

func (e *encoder) separate() {
	if len(e.out) > 0 {
		e.out = append(e.out, ' ')
	}
}
