// SPDX-License-Identifier: Apache-2.0

// Package sys is kernlink's only door to raw system calls and file
// descriptors.
//
// Every descriptor is opened close-on-exec. Calls that a signal may interrupt
// without having done anything (open, read, write) are repeated on EINTR.
// Errors are bare [syscall.Errno] values: the channel above knows the object
// and the operation and wraps them once, in a kernlink.Error.
//
// On systems other than Linux everything compiles and every call returns
// errors.ErrUnsupported.
package sys
