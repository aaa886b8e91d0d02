// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import "syscall"

// ENODATA has Linux's number where the system has no such errno.
const ENODATA = syscall.Errno(61)
