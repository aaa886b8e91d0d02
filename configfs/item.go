// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kernlink/kernlink/attr"
)

// Item describes an item, and what is in it, as it is to be: what [FS.Plan]
// compares with the live tree, and what [FS.Export] makes of one. It is a
// value, and JSON.
type Item struct {
	// Path is where the item is below the root, "nullb/disk0"; for one of
	// Items, below the item that it is in: "namespaces/1".
	Path string `json:"path"`

	// Absent says that there is to be no such item: it is removed with all
	// that is in it and all that links to it. Of the other fields only Path
	// and Deactivate count then.
	Absent bool `json:"absent,omitempty"`

	// Set are the attributes and their values, in the order in which they are
	// written. What is not named stays as it is.
	Set []Attr `json:"set,omitempty"`

	// Items are in this one, in the order in which they are made. A default
	// group may be named, to say what is in it.
	Items []Item `json:"items,omitempty"`

	// Links lead from this item to others, also to those that the same plan
	// makes. What is not named stays as it is.
	Links []Link `json:"links,omitempty"`

	// Activate are the attributes that switch the item on, written when all
	// the rest is done: power of null_blk, enable, the UDC of a USB gadget.
	Activate []Attr `json:"activate,omitempty"`

	// Deactivate are the attributes that switch it off, with the values that
	// do so. An item whose attributes have other values is on, and is
	// switched off before anything of it or in it is changed, and on again
	// afterwards. Without, it is changed as it is, and the driver may refuse.
	Deactivate []Attr `json:"deactivate,omitempty"`
}

// Attr is an attribute and its value.
type Attr struct {
	// Name is that of the attribute, or its path below the item
	// ("strings/0x409/serialnumber").
	Name string

	// Value is of any type that [attr.Set] takes: 64, true, "text"; a []byte
	// for a binary attribute.
	Value any
}

// attrJSON is the form of an Attr. What is binary has a key of its own, or it
// could not be told from text.
type attrJSON struct {
	Name  string `json:"name"`
	Value any    `json:"value,omitempty"`
	Bytes []byte `json:"bytes,omitempty"`
}

// MarshalJSON writes an object with "name" and "value", which is a bool, a
// number, or for all else the text that would be written; bytes are "bytes", in
// base64.
func (a Attr) MarshalJSON() ([]byte, error) {
	v, err := valueOf(attr.At("/"+a.Name, attr.Configfs), a.Value)
	if err != nil {
		return nil, err
	}
	switch v.kind {
	case bytesKind:
		return json.Marshal(attrJSON{Name: a.Name, Bytes: []byte(v.text)})
	case boolKind:
		return json.Marshal(attrJSON{Name: a.Name, Value: v.text == "1"})
	case numberKind:
		return json.Marshal(attrJSON{Name: a.Name, Value: json.Number(v.text)})
	}
	return json.Marshal(attrJSON{Name: a.Name, Value: v.text})
}

// UnmarshalJSON reads what [Attr.MarshalJSON] writes: Value is a bool, a
// json.Number, a string or a []byte afterwards.
func (a *Attr) UnmarshalJSON(text []byte) error {
	var j attrJSON
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber() // a float64 has not room for all that a u64 has
	dec.DisallowUnknownFields()
	if err := dec.Decode(&j); err != nil {
		return err
	}
	*a = Attr{j.Name, j.Value}
	switch j.Value.(type) {
	case bool, json.Number, string:
		if j.Bytes == nil {
			return nil
		}
	case nil:
		if a.Value = j.Bytes; len(j.Bytes) > 0 {
			return nil
		}
	}
	return fmt.Errorf("%w: attribute %q has no value that is a bool, a number, a text or bytes", attr.ErrMalformed, j.Name)
}
