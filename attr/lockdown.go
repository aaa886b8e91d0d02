// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink/internal/feature"
)

// lockedDown tells lockdown, which is EPERM of an open in debugfs, from what
// the modes forbid, which is EACCES (debugfs_locked_down in
// fs/debugfs/file.c).
func lockedDown(errno syscall.Errno, _ fs.FileMode, _ bool) string {
	if errno != syscall.EPERM {
		return ""
	}
	const left = "it leaves files of mode 0444 and less, to be read; boot without lockdown=, and with Secure Boot off where it raises lockdown"
	if state := feature.Lockdown("/"); state != "none" {
		return fmt.Sprintf("the kernel is locked down (%s): %s", state, left)
	}
	return ""
}
