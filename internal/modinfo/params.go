// SPDX-License-Identifier: Apache-2.0

package modinfo

import (
	"bytes"
	"io"
)

// symbol is what module_param and its kin name the string that holds a
// parameter's name, in include/linux/moduleparam.h; the name follows.
const symbol = "__param_str_"

// ParamNames returns the names of the module's parameters as its symbol names
// give them, in the order of the symbol names.
//
// It is for what .modinfo does not have: module_param_cb and
// module_param_call leave no parmtype entry, and without a MODULE_PARM_DESC
// no entry at all. That is 15 of the 714 parameters of a Debian 6.1 cloud
// kernel, hashsize of nf_conntrack among them. A module stripped of its local
// symbols yields no names and no error.
//
// Errors, by errors.Is: those of [Reader.Read] except [ErrNoModinfo].
//
// The names are copies. The Reader's buffer is used and grows to the size of
// the symbol names.
func (r *Reader) ParamNames(src io.ReaderAt) ([]string, error) {
	_, text, err := r.load(src, ".strtab\x00")
	if err == errAbsent {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for {
		at := bytes.Index(text, []byte(symbol))
		if at < 0 {
			return names, nil
		}
		text = text[at+len(symbol):]
		end := bytes.IndexByte(text, 0)
		if end < 0 {
			return names, nil
		}
		if end > 0 {
			names = append(names, string(text[:end]))
		}
		text = text[end:]
	}
}
