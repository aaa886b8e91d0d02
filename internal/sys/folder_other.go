// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "errors"

func MakeDirAt(int, string, uint32) error { return errors.ErrUnsupported }
func RemoveDirAt(int, string) error       { return errors.ErrUnsupported }
func UnlinkAt(int, string) error          { return errors.ErrUnsupported }
func LinkAt(string, int, string) error    { return errors.ErrUnsupported }
func Cut(int, int64) error                { return errors.ErrUnsupported }
func MakeFile(int, string, []byte) error  { return errors.ErrUnsupported }
func Mount(_, _, _, _ string) error       { return errors.ErrUnsupported }
func Unmount(string) error                { return errors.ErrUnsupported }
