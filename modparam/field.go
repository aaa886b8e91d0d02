// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"encoding"
	"reflect"
	"strings"
)

// field is a struct field that stands for a parameter.
type field struct {
	name      string // of the parameter
	path      string // of the field, for errors: EchoParams.Args
	index     []int  // for reflect.Value.FieldByIndex
	hex       bool
	omitEmpty bool
}

// fieldsOf lists the parameters of a struct type, those of embedded structs
// in their place. The error is a bare reason.
func fieldsOf(t reflect.Type) ([]field, error) {
	l := lister{names: map[string]string{}}
	if err := l.list(t, t.Name(), nil); err != nil {
		return nil, err
	}
	if len(l.fields) == 0 && t.NumField() > 0 && !l.skipped {
		return nil, refuse("%s has no field with a param tag", t)
	}
	return l.fields, nil
}

type lister struct {
	fields  []field
	names   map[string]string // canonical name to the path of the field that has it
	within  []reflect.Type    // the embedded structs that we are in
	skipped bool              // a field said that it is no parameter
}

func (l *lister) list(t reflect.Type, path string, index []int) error {
	for _, outer := range l.within {
		if outer == t {
			return refuse("%s embeds itself", t)
		}
	}
	l.within = append(l.within, t)
	defer func() { l.within = l.within[:len(l.within)-1] }()
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		tag, tagged := f.Tag.Lookup("param")
		switch inner, embedded := embeddedStruct(f); {
		case tag == "-":
			l.skipped = true
		case !tagged && embedded:
			if err := l.list(inner, join(path, f.Name), at); err != nil {
				return err
			}
		case !tagged && !f.IsExported():
		default:
			if err := l.add(f, tag, tagged, join(path, f.Name), at); err != nil {
				return err
			}
		}
	}
	return nil
}

// join makes a field's path; an anonymous struct type has no name.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// add appends one field, after a look at its tag.
func (l *lister) add(f reflect.StructField, tag string, tagged bool, path string, index []int) error {
	if !tagged {
		return refuse("field %s has no param tag: name the parameter, or write `param:\"-\"`", path)
	}
	if !f.IsExported() {
		return refuse("field %s has a param tag and is not exported", path)
	}
	name, options, _ := strings.Cut(tag, ",")
	if err := checkName(name); err != nil {
		return refuse("field %s: %v", path, err)
	}
	if other, taken := l.names[canonical(name)]; taken {
		return refuse("fields %s and %s are both the parameter %s", other, path, name)
	}
	l.names[canonical(name)] = path
	out := field{name: name, path: path, index: index}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "hex":
			out.hex = true
		case "omitempty":
			out.omitEmpty = true
		case "":
		default:
			return refuse("field %s: unknown tag option %q: there are hex and omitempty", path, option)
		}
	}
	l.fields = append(l.fields, out)
	return nil
}

// embeddedStruct returns the struct whose fields count as those of the outer
// one. A type that has a text form of its own is a value, not a struct.
func embeddedStruct(f reflect.StructField) (reflect.Type, bool) {
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if !f.Anonymous || t.Kind() != reflect.Struct || hasText(t) {
		return nil, false
	}
	return t, true
}

var (
	textMarshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func hasText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(textMarshaler) || p.Implements(textUnmarshaler)
}
