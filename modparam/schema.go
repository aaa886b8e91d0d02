// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"io"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/internal/modinfo"
)

// Schema is what a module file says of its parameters. It is a value to read;
// it may be shared while nobody changes it.
type Schema struct {
	Module   string // the module's own name, or "" where the file has none
	Params   []Spec // in the order of the file
	LongBits int    // width of the kernel's long: 32 or 64; 0 counts as 64
}

// Spec is one parameter of a module.
type Spec struct {
	Name        string
	Type        Type   // "" where the file does not tell: a callback
	Description string // the text of MODULE_PARM_DESC, or ""
}

// ReadSchema reads the schema from a module file, which is not compressed.
//
// The types and descriptions come from the section .modinfo. Parameters that
// are not in there, because they have a callback and no description, are
// found by their symbols (hashsize of nf_conntrack, for one) and have no type
// and no description. A module that was stripped of its local symbols too
// hides them entirely, and [Schema.Check] will take them for unknown.
//
// Errors are *kernlink.Error around what r returned, or around what is wrong
// with the file.
//
// It allocates a buffer of the size of the module's symbol names. It follows
// include/linux/moduleparam.h.
func ReadSchema(r io.ReaderAt) (*Schema, error) {
	var reader modinfo.Reader
	info, err := reader.Read(r)
	if err != nil {
		return nil, failed("read schema", "", err)
	}
	s := ParseSchema(info.Section)
	s.LongBits = info.Bits
	names, err := reader.ParamNames(r)
	if err != nil {
		return nil, failed("read schema", s.Module, err)
	}
	for _, name := range names {
		if checkName(name) == nil {
			s.spec(name)
		}
	}
	return s, nil
}

// ParseSchema builds a schema from the contents of a .modinfo section alone:
// `key=value` strings, each ended by a NUL. Callback parameters without a
// description are not in there; [ReadSchema] finds them too.
//
// It never fails: entries that make no sense are skipped. Everything is
// copied from the section.
func ParseSchema(section []byte) *Schema {
	s := &Schema{}
	for key, value := range modinfo.Parse(section) {
		switch string(key) {
		case "name", "parm", "parmtype":
			s.Add(string(key), string(value))
		}
	}
	return s
}

// Add takes one entry of a .modinfo section into the schema: "name", "parm",
// "parmtype". Others, and those that make no sense, are passed over. It is for
// who goes through the section anyway.
func (s *Schema) Add(key, value string) {
	name, text, ok := strings.Cut(value, ":")
	switch {
	case key == "name":
		s.Module = value
	case !ok || name == "":
	case key == "parm":
		s.spec(name).Description = text
	case key == "parmtype":
		s.spec(name).Type = Type(text)
	}
}

// spec returns the parameter of this name and makes it if need be.
func (s *Schema) spec(name string) *Spec {
	i := s.index(name)
	if i < 0 {
		i = len(s.Params)
		s.Params = append(s.Params, Spec{Name: name})
	}
	return &s.Params[i]
}

func (s *Schema) index(name string) int {
	return slices.IndexFunc(s.Params, func(p Spec) bool { return sameName(p.Name, name) })
}

// Lookup returns the parameter that the kernel would take name for, '-' and
// '_' being equal, and whether there is one.
func (s *Schema) Lookup(name string) (Spec, bool) {
	if i := s.index(name); i >= 0 {
		return s.Params[i], true
	}
	return Spec{}, false
}

// Check says whether the module would take v, which is whatever [Marshal]
// takes: names that it does not have, which the kernel would only ignore, and
// values that are wrong for the type, which would make loading fail. It stops
// at the first.
//
// async_probe and dyndbg, which the kernel itself knows for every module,
// pass with any value; so does everything for a parameter of unknown type.
// The sizes of arrays and of `string` parameters are not in the file, nor are
// the rules of callbacks: the kernel has the last word.
//
// Errors are *kernlink.Error with "module.parameter" as Path: an
// [UnknownError], or one that matches the kernel's errno for a bad value
// (syscall.EINVAL, syscall.ERANGE, syscall.ENOSPC), or one of Marshal's.
func (s *Schema) Check(v any) error {
	text, err := Marshal(v)
	if err != nil {
		return err
	}
	params, err := Parse(text)
	if err != nil {
		return err
	}
	for _, p := range params {
		if err := s.check(p); err != nil {
			return err
		}
	}
	return nil
}

func (s *Schema) check(p Param) error {
	if p.Name == "async_probe" || p.Name == "dyndbg" {
		return nil
	}
	path := p.Name
	if s.Module != "" {
		path = s.Module + "." + p.Name
	}
	spec, ok := s.Lookup(p.Name)
	if !ok {
		unknown := &UnknownError{Name: p.Name, Known: s.names()}
		unknown.Closest = closest(p.Name, unknown.Known)
		return unknown.at(path)
	}
	if err := spec.Type.check(p, s.LongBits); err != nil {
		return failed("check", path, err)
	}
	return nil
}

func (s *Schema) names() []string {
	names := make([]string, len(s.Params))
	for i, p := range s.Params {
		names[i] = p.Name
	}
	return names
}

// String lists the parameters, one a line, as modinfo(8) does:
// "cnt:How many of args to print (int)".
func (s *Schema) String() string {
	var b strings.Builder
	for _, p := range s.Params {
		b.WriteString(p.Name + ":" + p.Description)
		if p.Type != "" {
			b.WriteString(" (" + string(p.Type) + ")")
		}
		b.WriteByte('\n')
	}
	return b.String()
}
