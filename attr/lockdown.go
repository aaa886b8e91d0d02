// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink/internal/feature"
)

// lockedDown tells lockdown, which is EPERM of an open in debugfs, from what
// the modes forbid, which is EACCES.
func lockedDown(errno syscall.Errno, _ fs.FileMode, _ bool) string {
	if errno != syscall.EPERM {
		return ""
	}
	const left = "it leaves plain files of mode 0444, for reading; boot without lockdown=, and with Secure Boot off where it raises lockdown"
	state, known := feature.LockdownState("/")
	switch {
	case !known:
		return "the kernel may be locked down, which cannot be seen without securityfs: " + left
	case state != "none":
		return fmt.Sprintf("the kernel is locked down (%s): %s", state, left)
	}
	return ""
}
