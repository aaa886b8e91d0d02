// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "errors"

// The same names with Linux's numbers, so that callers compile; every call
// fails.
const (
	ReadOnly  = 0
	WriteOnly = 1
	ReadWrite = 2
	NonBlock  = 0x800
	Append    = 0x400
	Truncate  = 0x200
	Directory = 0x10000
	NoFollow  = 0x20000
	PathOnly  = 0x200000

	SeekSet  = 0
	SeekCur  = 1
	SeekEnd  = 2
	SeekData = 3
)

// Kernel is what uname(2) says of the running kernel.
type Kernel struct{ Release, Version, Machine string }

func Open(string, int) (int, error)         { return -1, errors.ErrUnsupported }
func OpenAt(int, string, int) (int, error)  { return -1, errors.ErrUnsupported }
func Close(int) error                       { return errors.ErrUnsupported }
func Read(int, []byte) (int, error)         { return 0, errors.ErrUnsupported }
func Pread(int, []byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func Write(int, []byte) (int, error)        { return 0, errors.ErrUnsupported }
func Seek(int, int64, int) (int64, error)   { return 0, errors.ErrUnsupported }
func ReadFile(string) ([]byte, error)       { return nil, errors.ErrUnsupported }
func ReadAll(int) ([]byte, error)           { return nil, errors.ErrUnsupported }
func FinitModule(int, string, int) error    { return errors.ErrUnsupported }
func InitModule([]byte, string) error       { return errors.ErrUnsupported }
func DeleteModule(string) error             { return errors.ErrUnsupported }
func Uname() (Kernel, error)                { return Kernel{}, errors.ErrUnsupported }
