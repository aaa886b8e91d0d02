// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// Format is the layout of an event's records. It is read only once made, and
// may be shared.
type Format struct {
	Name   string
	ID     int
	Common []Field // that every event has: common_type, common_pid
	Fields []Field // the event's own
	Print  string  // how the kernel makes text of them, in C
}

// Field is where in a record a value is. One that is not there ([Format.Field]
// of another name) has the value 0 and the text "".
type Field struct {
	Name   string // "prev_comm"
	Type   string // "char", "unsigned long", "__data_loc char[]"
	Array  string // what stands in the brackets of an array: "16", "" for none
	Offset int    // in bytes from the record's beginning
	Size   int    // in bytes, 0 for what lasts to the record's end
	Signed bool
}

// Field finds a field by its name, the common ones too. ok is false when there
// is none.
func (f *Format) Field(name string) (field Field, ok bool) {
	for _, all := range [][]Field{f.Fields, f.Common} {
		for _, field := range all {
			if field.Name == name {
				return field, true
			}
		}
	}
	return Field{}, false
}

// ParseFormat reads the text of an event's file format. errors.Is finds
// [ErrMalformed].
func ParseFormat(text []byte) (*Format, error) {
	f := new(Format)
	named, common := false, true
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":"); key {
		case "name":
			f.Name, named = strings.TrimSpace(value), true
		case "ID":
			id, err := strconv.Atoi(strings.TrimSpace(value))
			if err != nil {
				return nil, malformed("parse format", []byte(line), "no number")
			}
			f.ID = id
		case "field":
			field, ok := parseField(value)
			if !ok {
				return nil, malformed("parse format", []byte(line), "no field")
			}
			if common = common && strings.HasPrefix(field.Name, "common_"); common {
				f.Common = append(f.Common, field)
			} else {
				f.Fields = append(f.Fields, field)
			}
		case "print fmt":
			f.Print = strings.TrimSpace(value)
		}
	}
	if !named || len(f.Common) == 0 {
		return nil, malformed("parse format", text, "no name, or no fields")
	}
	return f, nil
}

// parseField reads what stands behind "field:":
//
//	char prev_comm[16];	offset:8;	size:16;	signed:0;
func parseField(text string) (f Field, ok bool) {
	declaration, rest, _ := strings.Cut(text, ";")
	if f.Name, f.Type, f.Array, ok = parseDeclaration(declaration); !ok {
		return f, false
	}
	have := 0
	for part := range strings.SplitSeq(rest, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		if key == "" {
			continue
		}
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			return f, false
		}
		switch key {
		case "offset":
			f.Offset, have = int(n), have|1
		case "size":
			f.Size, have = int(n), have|2
		case "signed":
			f.Signed = n != 0
		}
	}
	return f, have == 3
}

// parseDeclaration takes "char name[16]" and "__data_loc char[] name" apart.
func parseDeclaration(text string) (name, kind, array string, ok bool) {
	text = strings.TrimSpace(text)
	end := strings.LastIndexByte(text, ' ')
	if end < 0 {
		return "", "", "", false
	}
	kind, name = strings.TrimSpace(text[:end]), text[end+1:]
	if before, rest, is := strings.Cut(name, "["); is {
		name = before
		array, ok = strings.CutSuffix(rest, "]")
		if array == "" {
			array = "0" // char buf[]
		}
		return name, kind, array, ok && name != ""
	}
	return name, kind, "", name != ""
}

// Places of what has no fixed size, which the kernel describes in 32 bits:
// offset and length.
const (
	dataLoc = "__data_loc " // from the record's beginning
	relLoc  = "__rel_loc "  // from the end of the field
)

// dynamic reports whether the field is only the place of the value.
func (f Field) dynamic() bool {
	return strings.HasPrefix(f.Type, dataLoc) || strings.HasPrefix(f.Type, relLoc)
}

// Bytes are the field's bytes in a record, borrowed from it; nil when the
// record is too short to have them. For what has no fixed size (__data_loc)
// they are those of the value.
func (f Field) Bytes(data []byte) []byte {
	b, ok := part(data, f.Offset, f.Size)
	switch {
	case !ok || f.Name == "":
		return nil
	case f.Size == 0:
		return data[f.Offset:]
	case f.Size != 4 || !f.dynamic():
		return b
	}
	loc := binary.NativeEndian.Uint32(b)
	offset, size := int(loc&0xffff), int(loc>>16)
	if strings.HasPrefix(f.Type, relLoc) {
		offset += f.Offset + f.Size
	}
	b, _ = part(data, offset, size)
	return b
}

func part(data []byte, offset, size int) ([]byte, bool) {
	if offset < 0 || size < 0 || offset > len(data) || size > len(data)-offset {
		return nil, false
	}
	return data[offset : offset+size], true
}

// Uint is the field's value in a record, as an unsigned number; 0 for a field
// that is no number of 1, 2, 4 or 8 bytes, and in a record that is too short
// to have it. It does not allocate.
func (f Field) Uint(data []byte) uint64 {
	b := f.Bytes(data)
	switch len(b) {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(binary.NativeEndian.Uint16(b))
	case 4:
		return uint64(binary.NativeEndian.Uint32(b))
	case 8:
		return binary.NativeEndian.Uint64(b)
	}
	return 0
}

// Int is Uint for a signed number: its sign is extended where the field is
// Signed.
func (f Field) Int(data []byte) int64 {
	n := f.Uint(data)
	if size := len(f.Bytes(data)); f.Signed && (size == 1 || size == 2 || size == 4) {
		bits := 64 - 8*size
		return int64(n<<bits) >> bits
	}
	return int64(n)
}

// Text is the field's value in a record as text, up to its zero byte, borrowed
// from it. It does not allocate.
func (f Field) Text(data []byte) []byte {
	b := f.Bytes(data)
	if end := bytes.IndexByte(b, 0); end >= 0 {
		return b[:end]
	}
	return b
}
