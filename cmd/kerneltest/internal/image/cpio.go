// SPDX-License-Identifier: Apache-2.0

// Package image writes the initramfs that a guest boots from: an uncompressed
// cpio archive in the "newc" form (Documentation/driver-api/early-userspace/
// buffer-format.rst), since an emulated CPU would spend seconds on unpacking.
package image

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"
)

// Writer writes the archive. Parent folders come by themselves, and of two
// entries with one path the first stays.
type Writer struct {
	w     *bufio.Writer
	seen  map[string]bool
	inode int
	size  int64
	err   error
}

// New returns a Writer on w with the links of a merged /usr.
func New(w io.Writer) *Writer {
	img := &Writer{w: bufio.NewWriterSize(w, 1<<20), seen: map[string]bool{"/": true}}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		img.Dir("/usr/" + name)
		img.Link("/"+name, "usr/"+name)
	}
	return img
}

// File types and permissions of stat(2).
const (
	typeDir  = 0o040000
	typeFile = 0o100000
	typeLink = 0o120000
	typeChar = 0o020000
)

// Dir adds a folder.
func (img *Writer) Dir(name string) {
	if name = clean(name); img.fresh(name) {
		img.entry(name, typeDir|0o755, 0, 0, 0, nil)
	}
}

// Link adds a symbolic link.
func (img *Writer) Link(name, target string) {
	if name = clean(name); img.fresh(name) {
		img.entry(name, typeLink|0o777, int64(len(target)), 0, 0, strings.NewReader(target))
	}
}

// Char adds a character device node.
func (img *Writer) Char(name string, major, minor int) {
	if name = clean(name); img.fresh(name) {
		img.entry(name, typeChar|0o600, 0, major, minor, nil)
	}
}

// Bytes adds a file.
func (img *Writer) Bytes(name string, data []byte, mode os.FileMode) {
	if name = clean(name); img.fresh(name) {
		img.entry(name, typeFile|int(mode.Perm()), int64(len(data)), 0, 0, strings.NewReader(string(data)))
	}
}

// File adds a copy of the file host, with its permissions.
func (img *Writer) File(name, host string) {
	name = clean(name)
	if img.err != nil || img.seen[name] {
		return
	}
	f, err := os.Open(host)
	if err != nil {
		img.err = err
		return
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		img.err = err
	case !info.Mode().IsRegular():
		img.err = fmt.Errorf("%s is no regular file", host)
	case img.fresh(name):
		img.entry(name, typeFile|int(info.Mode().Perm()), info.Size(), 0, 0, f)
	}
}

// Has reports whether name was added.
func (img *Writer) Has(name string) bool { return img.seen[clean(name)] }

// Size is how many bytes were written.
func (img *Writer) Size() int64 { return img.size }

// Close ends the archive and tells the first error there was.
func (img *Writer) Close() error {
	img.entry("TRAILER!!!", 0, 0, 0, 0, nil)
	if err := img.w.Flush(); img.err == nil {
		img.err = err
	}
	return img.err
}

// fresh claims name and adds its parents.
func (img *Writer) fresh(name string) bool {
	if img.err != nil || img.seen[name] {
		return false
	}
	img.seen[name] = true
	img.Dir(path.Dir(name))
	return true
}

// entry writes one header of 110 characters, the name and the content, each
// padded to four bytes.
func (img *Writer) entry(name string, mode int, size int64, major, minor int, content io.Reader) {
	if img.err == nil && size > math.MaxUint32 {
		img.err = fmt.Errorf("%s is too large for an initramfs: %d MB", name, size>>20)
	}
	if img.err != nil {
		return
	}
	img.inode++
	name = strings.TrimPrefix(name, "/")
	head := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		img.inode, mode, 0, 0, 1, 0, size, 0, 0, major, minor, len(name)+1, 0)
	img.text(head + name + "\x00" + pad(int64(len(head)+len(name)+1)))
	if content == nil || img.err != nil {
		return
	}
	n, err := io.Copy(img.w, io.LimitReader(content, size))
	if err == nil && n != size {
		err = fmt.Errorf("%s changed while it was read", name)
	}
	img.size += n
	img.err = err
	img.text(pad(size))
}

func (img *Writer) text(s string) {
	if img.err == nil {
		_, img.err = img.w.WriteString(s)
		img.size += int64(len(s))
	}
}

func pad(n int64) string { return "\x00\x00\x00"[:(4-n%4)%4] }

// clean maps a path to where it lies with a merged /usr.
func clean(name string) string {
	name = path.Clean("/" + name)
	for _, top := range []string{"/bin/", "/sbin/", "/lib/", "/lib64/"} {
		if strings.HasPrefix(name, top) {
			return "/usr" + name
		}
	}
	return name
}
