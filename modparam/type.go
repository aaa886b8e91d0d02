// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"strconv"
	"strings"
	"syscall"
)

// Type is a parameter's type as the kernel writes it into the module file:
// "int", "bool", "charp", "array of int". A module may have types of its own,
// and "" is one that the file does not tell.
//
//	byte short int long           with ushort, uint, ulong, ullong: integers
//	hexint                        a uint that is shown in hexadecimal
//	bool                          1, Y, on or 0, N, off
//	invbool                       the same, stored inverted, shown as set
//	bint                          an int that takes what a bool takes
//	bool_enable_only              a bool that cannot be cleared again
//	charp                         text of at most 1024 bytes
//	string                        text, into a buffer of the module's
//
// See include/linux/moduleparam.h.
type Type string

// Elem returns the element type of an array type, and whether it is one.
func (t Type) Elem() (Type, bool) {
	elem, ok := strings.CutPrefix(string(t), "array of ")
	return Type(elem), ok
}

// maxCharp is the longest charp, of param_set_charp in kernel/params.c.
const maxCharp = 1024

// check says whether the kernel would take the value of p.
func (t Type) check(p Param, longBits int) error {
	elem, array := t.Elem()
	if !p.HasValue {
		switch {
		case t == "" || t == "bool" || t == "bint" || t == "bool_enable_only":
			return nil
		case array || elem.known():
			return errNeedsValue
		}
		return nil
	}
	if !array {
		return t.checkValue(p.Value, longBits)
	}
	i := 0
	for one := range strings.SplitSeq(p.Value, ",") {
		if err := elem.checkValue(one, longBits); err != nil {
			return within("element "+strconv.Itoa(i)+" of "+string(t), err)
		}
		i++
	}
	return nil
}

// known reports whether the type is one of the kernel's own.
func (t Type) known() bool {
	switch t {
	case "bool", "bint", "bool_enable_only", "invbool", "charp", "string":
		return true
	}
	_, bits := t.integer(64)
	return bits != 0
}

// integer returns the sign and width of an integer type; 0 bits for another.
func (t Type) integer(longBits int) (signed bool, bits int) {
	if longBits == 0 {
		longBits = 64
	}
	switch t {
	case "byte":
		return false, 8
	case "short":
		return true, 16
	case "ushort":
		return false, 16
	case "int":
		return true, 32
	case "uint", "hexint":
		return false, 32
	case "long":
		return true, longBits
	case "ulong":
		return false, longBits
	case "ullong":
		return false, 64
	}
	return false, 0
}

func (t Type) checkValue(value string, longBits int) error {
	switch t {
	case "bool", "bint", "bool_enable_only", "invbool":
		_, err := parseBool(value)
		return err
	case "charp":
		if len(value) > maxCharp {
			return &refusal{"has " + strconv.Itoa(len(value)) + " bytes, a charp takes " + strconv.Itoa(maxCharp), syscall.ENOSPC}
		}
		return nil
	}
	var err error
	switch signed, bits := t.integer(longBits); {
	case bits == 0:
	case signed:
		_, err = parseSigned(value, bits)
	default:
		_, err = parseUnsigned(value, bits)
	}
	if err != nil {
		return within(string(t), err)
	}
	return nil
}
