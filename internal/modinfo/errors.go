// SPDX-License-Identifier: Apache-2.0

package modinfo

import "errors"

// What can be wrong with a module file, by errors.Is.
var (
	// ErrNotELF: the file does not begin with the ELF magic. It may be
	// compressed.
	ErrNotELF = errors.New("not an ELF file")

	// ErrMalformed: an ELF header or section header says what cannot be.
	// The errors below match it too.
	ErrMalformed = errors.New("malformed ELF file")

	// ErrTruncated: the file ends before the part that a header announced.
	ErrTruncated error = &formatError{"truncated ELF file"}

	// ErrTooLarge: a header announces a part larger than [MaxSection].
	ErrTooLarge error = &formatError{"malformed ELF file: a part larger than any module has"}

	// ErrNoModinfo: a sound ELF file without a .modinfo section.
	ErrNoModinfo = errors.New("no .modinfo section: not a kernel module")
)

// The ways to be malformed that have no name of their own: made once, so that
// a scan over many broken files allocates nothing.
var (
	errClass     error = &formatError{"malformed ELF file: unknown class or byte order"}
	errEntrySize error = &formatError{"malformed ELF file: section header size does not fit the class"}
	errNoSection error = &formatError{"malformed ELF file: no section headers"}
	errNameIndex error = &formatError{"malformed ELF file: section name table index out of range"}
	errOffset    error = &formatError{"malformed ELF file: offset beyond any file"}
	errNoBits    error = &formatError{"malformed ELF file: the section has no contents or is compressed"}
)

// errAbsent: there is no section of that name. The callers of load say what
// that means.
var errAbsent = errors.New("no such section")

// formatError is one way of being malformed.
type formatError struct{ text string }

func (e *formatError) Error() string { return e.text }

func (e *formatError) Is(target error) bool { return target == ErrMalformed }
