// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"path"

	"github.com/kernlink/kernlink/attr"
)

// file is an attribute by the path of its item below the root.
func (f *FS) file(item, name string) attr.File { return f.root.File(path.Join(item, name)) }

// write writes an attribute of an item.
func (f *FS) write(item string, a Attr) error {
	v, err := valueOf(f.file(item, a.Name), a.Value)
	if err != nil {
		return err
	}
	return f.put(item, a.Name, v)
}

func (f *FS) put(item, name string, v value) error {
	file := f.file(item, name)
	f.cut(path.Join(item, name))
	if v.kind == bytesKind {
		return Binary{file.Using(binary)}.Write([]byte(v.text))
	}
	return attr.Set(file, v.text)
}

// read is what an attribute prints.
func (f *FS) read(item, name string, kind valueKind) (string, error) {
	file := f.file(item, name)
	if kind == bytesKind {
		file = file.Using(binary)
	}
	b, err := file.Read()
	return string(b), err
}
