// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"io"
	"strings"

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
	fd, size, err := openFile(path)
	if err != nil {
		return nil, infoError(path, err)
	}
	defer sys.Close(fd)
	_, info, err := open(fdReader(fd), size, defaultMaxSize)
	if err != nil {
		return nil, infoError(path, err)
	}
	return info, nil
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
	var r modinfo.Reader
	section, err := r.Read(elf)
	if err != nil {
		return nil, formatError(err)
	}
	info := &Info{Params: modparam.ParseSchema(section.Section).Params}
	for key, value := range section.All() {
		info.add(string(key), string(value))
	}
	info.Signed, err = isSigned(elf, size)
	return info, err
}

// add takes one entry of .modinfo.
func (info *Info) add(key, value string) {
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
	case "parm", "parmtype": // a schema is made of them
	case "intree":
		info.InTree = value == "Y"
	case "retpoline":
		info.Retpoline = value == "Y"
	case "staging":
		info.Staging = value == "Y"
	default:
		info.Other = append(info.Other, key+"="+value)
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
