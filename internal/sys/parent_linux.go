// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// DieWithParent has the calling thread, and what it becomes by execve(2),
// killed when its parent ends. The kernel keeps this by thread: without
// runtime.LockOSThread it may be another one that calls execve.
func DieWithParent() error {
	return unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0)
}
