// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"

	"github.com/kernlink/kernlink"
)

// Attributes is what has attributes by name: a [Dir], an object or a device of
// sysfs.
type Attributes interface {
	Attr(name string) File
}

// Load reads attributes of an object into the fields of the struct that dst
// points to:
//
//	var link struct {
//		Address string `attr:"address"`
//		Flags   uint32 `attr:"flags,hex"`
//		Speed   *int   `attr:"speed"`
//	}
//	err := attr.Load(eth0, &link)
//
// A tag is the attribute's name and, after a comma, hex (see [Hex]) or choice
// (see [Choice]). A field is of a type that [Of] takes, or a pointer to one:
// a pointer is nil afterwards when the attribute has no value now or is not
// there, which is no error. Fields without a tag are left alone, and so is the
// field of an attribute that could not be read.
//
// One attribute that cannot be read does not keep the others from being read:
// the error joins what was wrong with each, and errors.Is finds the causes.
// A dst that is no pointer to a struct, or a field of another type, is
// [ErrMalformed] and nothing is read.
func Load(obj Attributes, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return &kernlink.Error{Channel: "attr", Op: "load", Err: fmt.Errorf("%w: %T is no pointer to a struct", ErrMalformed, dst)}
	}
	v = v.Elem()
	fields, err := fieldsOf(v.Type())
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range fields {
		if err := f.load(obj.Attr(f.name), v.Field(f.index)); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

type field struct {
	index        int
	name, option string
}

func fieldsOf(t reflect.Type) ([]field, error) {
	var all []field
	for i := range t.NumField() {
		tag, ok := t.Field(i).Tag.Lookup("attr")
		if !ok {
			continue
		}
		f := field{index: i}
		f.name, f.option, _ = strings.Cut(tag, ",")
		if err := f.check(t.Field(i)); err != nil {
			return nil, &kernlink.Error{Channel: "attr", Op: "load", Path: t.String() + "." + t.Field(i).Name, Err: err}
		}
		all = append(all, f)
	}
	return all, nil
}

func (f field) check(sf reflect.StructField) error {
	t := sf.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case !sf.IsExported():
		return fmt.Errorf("%w: the field is not exported", ErrMalformed)
	case f.option == "hex" && !isUnsigned(t.Kind()):
		return fmt.Errorf("%w: hex is for unsigned integers, not %v", ErrMalformed, t)
	case f.option == "choice" && t.Kind() != reflect.String:
		return fmt.Errorf("%w: choice is for strings, not %v", ErrMalformed, t)
	case f.option != "" && f.option != "hex" && f.option != "choice":
		return fmt.Errorf("%w: unknown option %q", ErrMalformed, f.option)
	}
	return nil
}

func isUnsigned(k reflect.Kind) bool { return k >= reflect.Uint && k <= reflect.Uint64 }

func (f field) load(file File, v reflect.Value) error {
	text, err := file.Read()
	optional := v.Kind() == reflect.Pointer
	if optional && (errors.Is(err, kernlink.ErrNoValue) || missing(err)) {
		v.SetZero()
		return nil
	}
	if err != nil {
		return file.renamed("get", err)
	}
	t := v.Type()
	if optional {
		t = t.Elem()
	}
	value := reflect.New(t).Elem() // so that a failure leaves the field alone
	if err := f.decode(value, text, file); err != nil {
		return file.failure("get", err)
	}
	if optional {
		v.Set(value.Addr())
	} else {
		v.Set(value)
	}
	return nil
}

// missing tells an attribute that the object does not have from an object that
// went away.
func missing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) && !errors.Is(err, kernlink.ErrGone)
}

func (f field) decode(v reflect.Value, text []byte, file File) error {
	switch f.option {
	case "hex":
		n, err := Hex[uint64]().Decode(text)
		if err == nil && v.OverflowUint(n) {
			err = malformed(text, v.Type().String(), nil)
		}
		v.SetUint(n)
		return err
	case "choice":
		s, err := Choice().Decode(text)
		v.SetString(s)
		return err
	}
	return decodeInto(v, text, file.policy.Separator)
}
