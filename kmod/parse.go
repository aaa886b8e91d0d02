// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink/internal/modinfo"
	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/modparam"
)

// ReadInfo reads what the module file at path says about itself, as
// modinfo(8) does. The file may be compressed, whatever its name.
//
// Errors, by errors.Is: fs.ErrNotExist and fs.ErrPermission for the file;
// those of [ParseInfo] for what is in it.
//
// It needs no privilege beyond reading the file. Of a plain file only the
// parts that matter are read; a compressed one is uncompressed into memory.
// The Info is the caller's.
func ReadInfo(path string) (*Info, error) {
	info := new(Info)
	if err := ReadInfoInto(path, info); err != nil {
		return nil, err
	}
	info.memory = nil // it serves nobody any more
	return info, nil
}

// ReadInfoInto is ReadInfo into *dst, whose slices and memory it uses again:
// for a whole tree of modules. On an error *dst holds nothing of use.
//
// Its strings are parts of one that is allocated for each file, so they may
// be kept, and they all keep that one. Nothing else is allocated once the
// slices have grown.
func ReadInfoInto(path string, dst *Info) error {
	if dst.memory == nil {
		dst.memory = new(infoMemory)
	}
	if err := dst.read(path); err != nil {
		return infoError(path, err)
	}
	return nil
}

// infoMemory is what reading a file needs beside the Info.
type infoMemory struct {
	path   []byte // as openat(2) wants it
	file   fdReader
	reader modinfo.Reader
}

func (info *Info) read(path string) error {
	m := info.memory
	if strings.IndexByte(path, 0) >= 0 {
		return syscall.EINVAL
	}
	m.path = append(append(m.path[:0], path...), 0)
	fd, err := sys.OpenAtZ(sys.CWD, m.path, sys.ReadOnly|sys.NonBlock)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	m.file = fdReader(fd)
	err = info.parse(&m.reader, &m.file, sizeUnknown)
	if !errors.Is(err, modinfo.ErrNotELF) {
		return err
	}
	size, err := sys.Seek(fd, 0, sys.SeekEnd) // it may be compressed
	if err != nil {
		return err
	}
	_, unpacked, err := open(&m.file, size, defaultMaxSize)
	if err != nil {
		return err
	}
	*info, info.memory = *unpacked, m
	return nil
}

// ParseInfo does the same for a module file of size bytes that the caller
// has open or in memory. It needs no kernel.
//
// Errors, by errors.Is: [ErrFormat] for what is no kernel module;
// syscall.EFBIG if it is larger than 512 MiB uncompressed; whatever src
// returns. It does not panic, whatever src holds.
func ParseInfo(src io.ReaderAt, size int64) (*Info, error) {
	_, info, err := open(src, size, defaultMaxSize)
	if err != nil {
		return nil, infoError("", err)
	}
	return info, nil
}

// parseInfo reads the parts of an ELF file that tell about the module.
func parseInfo(elf io.ReaderAt, size int64) (*Info, error) {
	info := new(Info)
	if err := info.parse(new(modinfo.Reader), elf, size); err != nil {
		return nil, err
	}
	return info, nil
}

// sizeUnknown is the size of a file that has not been asked for it: whether it
// is signed can be seen without, as a rule.
const sizeUnknown = -1

func (info *Info) parse(r *modinfo.Reader, elf io.ReaderAt, size int64) error {
	info.reset()
	section, err := r.Read(elf)
	if err != nil {
		return formatError(err)
	}
	schema := modparam.Schema{Params: info.Params}
	for text := string(section.Section); text != ""; {
		end := strings.IndexByte(text, 0)
		if end < 0 {
			end = len(text)
		}
		if end > 0 {
			info.add(text[:end], &schema)
		}
		text = text[min(end+1, len(text)):]
	}
	info.Params = schema.Params
	if section.Tail != nil {
		info.Signed = bytes.HasSuffix(section.Tail, []byte(signature))
		return nil
	}
	info.Signed, err = isSigned(elf, size)
	return err
}

// reset keeps the memory that the slices have.
func (info *Info) reset() {
	*info = Info{
		Authors: info.Authors[:0], Depends: info.Depends[:0], SoftDeps: info.SoftDeps[:0], Aliases: info.Aliases[:0],
		Firmware: info.Firmware[:0], Imports: info.Imports[:0], Params: info.Params[:0], Other: info.Other[:0],
		memory: info.memory,
	}
}

// add takes one entry of .modinfo.
func (info *Info) add(entry string, schema *modparam.Schema) {
	key, value := entry, ""
	if i := strings.IndexByte(entry, '='); i >= 0 {
		key, value = entry[:i], entry[i+1:]
	}
	if p := info.text(key); p != nil && *p == "" {
		*p = value // the kernel too takes the first
		return
	}
	if p := info.list(key); p != nil {
		*p = append(*p, value)
		return
	}
	switch key {
	case "depends":
		for name := range strings.SplitSeq(value, ",") {
			if name != "" {
				info.Depends = append(info.Depends, name)
			}
		}
	case "parm", "parmtype":
		schema.Add(key, value)
	case "intree":
		info.InTree = value == "Y"
	case "retpoline":
		info.Retpoline = value == "Y"
	case "staging":
		info.Staging = value == "Y"
	default:
		info.Other = append(info.Other, entry)
	}
}

// text returns the field of a key that a module has once.
func (info *Info) text(key string) *string {
	switch key {
	case "name":
		return &info.Name
	case "version":
		return &info.Version
	case "srcversion":
		return &info.SrcVersion
	case "license":
		return &info.License
	case "description":
		return &info.Description
	case "vermagic":
		return &info.Vermagic
	}
	return nil
}

// list returns the field of a key that a module may have many times.
func (info *Info) list(key string) *[]string {
	switch key {
	case "author":
		return &info.Authors
	case "alias":
		return &info.Aliases
	case "softdep":
		return &info.SoftDeps
	case "firmware":
		return &info.Firmware
	case "import_ns":
		return &info.Imports
	}
	return nil
}

// signature is what scripts/sign-file leaves at the very end of a module:
// MODULE_SIG_STRING of include/linux/module_signature.h.
const signature = "~Module signature appended~\n"

func isSigned(src io.ReaderAt, size int64) (bool, error) {
	if file, ok := src.(*fdReader); ok && size == sizeUnknown {
		var err error
		if size, err = sys.Seek(int(*file), 0, sys.SeekEnd); err != nil {
			return false, err
		}
	}
	if size < int64(len(signature)) {
		return false, nil
	}
	end := make([]byte, len(signature))
	n, err := src.ReadAt(end, size-int64(len(end)))
	if n < len(end) && err != nil && err != io.EOF {
		return false, err
	}
	return bytes.Equal(end[:n], []byte(signature)), nil
}
