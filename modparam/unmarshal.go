// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"encoding"
	"reflect"
	"strings"
)

// Unmarshal is the inverse of [Marshal]: it splits s as the kernel does, see
// [Parse], and stores the values in v, a non-nil pointer to
//   - a struct with param tags. A name that no field has is refused; fields
//     whose parameter does not come stay as they are.
//   - a map[string]string or map[string]any, which is made if nil; values are
//     strings. A name without value is "1", as it is to a bool parameter.
//   - a []Param, which takes everything as [Parse] returns it.
//
// Values are read as the kernel reads them: numbers with 0x and 0 as bases
// and within the width of the field, booleans by their first letters, arrays
// by their commas. Where a name comes several times the last one counts. An
// array field that is given fewer elements than it has is zero in the rest.
//
// Errors are *kernlink.Error with the parameter's name as Path; errors.Is
// finds the errno that the kernel has for a bad value. v may have been filled
// in part. Strings share the memory of s.
func Unmarshal(s string, v any) error {
	params, _, err := parse("unmarshal", s)
	if err != nil {
		return err
	}
	p := reflect.ValueOf(v)
	if p.Kind() != reflect.Pointer || p.IsNil() {
		return failed("unmarshal", "", refuse("a %T cannot be filled: give a non-nil pointer", v))
	}
	switch target := p.Elem(); {
	case target.Type() == reflect.TypeFor[[]Param]():
		target.Set(reflect.ValueOf(params))
		return nil
	case target.Kind() == reflect.Struct:
		return fillStruct(target, params)
	case target.Kind() == reflect.Map && target.Type().Key().Kind() == reflect.String && isTextual(target.Type().Elem()):
		fillMap(target, params)
		return nil
	}
	return failed("unmarshal", "", refuse("a %T cannot be filled: give a pointer to a struct, to a map[string]string or to a []modparam.Param", v))
}

// isTextual reports whether a string can be stored in t.
func isTextual(t reflect.Type) bool {
	return t.Kind() == reflect.String || t.Kind() == reflect.Interface && t.NumMethod() == 0
}

func fillMap(m reflect.Value, params []Param) {
	if m.IsNil() {
		m.Set(reflect.MakeMap(m.Type()))
	}
	spelling := map[string]reflect.Value{}
	for _, p := range params {
		key := reflect.ValueOf(p.Name).Convert(m.Type().Key())
		if earlier, twice := spelling[canonical(p.Name)]; twice {
			m.SetMapIndex(earlier, reflect.Value{})
		}
		spelling[canonical(p.Name)] = key
		value := p.Value
		if !p.HasValue {
			value = "1"
		}
		m.SetMapIndex(key, reflect.ValueOf(value).Convert(m.Type().Elem()))
	}
}

func fillStruct(v reflect.Value, params []Param) error {
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return failed("unmarshal", "", err)
	}
	for _, p := range params {
		f := find(fields, p.Name)
		if f == nil {
			return failed("unmarshal", p.Name, refuse("%s has no field for it", v.Type()))
		}
		target, err := reach(v, f.index)
		if err == nil {
			err = store(target, p.Value, p.HasValue)
		}
		if err != nil {
			return failed("unmarshal", p.Name, within("field "+f.path, err))
		}
	}
	return nil
}

func find(fields []field, name string) *field {
	for i := range fields {
		if sameName(fields[i].name, name) {
			return &fields[i]
		}
	}
	return nil
}

// reach returns the field and makes the embedded structs on the way to it.
func reach(v reflect.Value, index []int) (reflect.Value, error) {
	for i, n := range index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return v, refuse("the embedded %s is nil and not exported", v.Type())
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, nil
}

// store reads one parameter into a field.
func store(v reflect.Value, value string, hasValue bool) error {
	for depth := 0; v.Kind() == reflect.Pointer; depth++ {
		if depth > maxDepth {
			return refuse("a %s points to itself", v.Type())
		}
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		v = v.Elem()
	}
	if !hasValue {
		if v.Kind() != reflect.Bool {
			return errNeedsValue
		}
		value = "1"
	}
	if !isList(v) {
		return storeScalar(v, value)
	}
	n := strings.Count(value, ",") + 1
	if v.Kind() == reflect.Array && n > v.Len() {
		return refuse("%d elements, there is room for %d", n, v.Len())
	}
	list := reflect.New(v.Type()).Elem()
	if v.Kind() == reflect.Slice {
		list = reflect.MakeSlice(v.Type(), n, n)
	}
	i := 0
	for one := range strings.SplitSeq(value, ",") {
		if err := store(list.Index(i), one, true); err != nil {
			return err
		}
		i++
	}
	v.Set(list)
	return nil
}

func storeScalar(v reflect.Value, s string) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	switch v.Kind() {
	case reflect.Bool:
		b, err := parseBool(s)
		if err == nil {
			v.SetBool(b)
		}
		return err
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := parseSigned(s, v.Type().Bits())
		if err == nil {
			v.SetInt(n)
		}
		return err
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		n, err := parseUnsigned(s, v.Type().Bits())
		if err == nil {
			v.SetUint(n)
		}
		return err
	case reflect.String:
		v.SetString(s)
		return nil
	}
	if isTextual(v.Type()) {
		v.Set(reflect.ValueOf(s))
		return nil
	}
	return refuse("a %s cannot hold a parameter", v.Type())
}
