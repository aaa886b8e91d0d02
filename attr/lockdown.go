// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"fmt"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink/internal/feature"
)

// lockedDown tells lockdown, which is EPERM of an open in debugfs, from what
// the modes forbid, which is EACCES. Where the state of lockdown cannot be
// seen, EPERM is enough to say so for a file that lockdown closes: any but
// those that all may read and nobody write.
func lockedDown(errno syscall.Errno, perm fs.FileMode, writing bool) string {
	if errno != syscall.EPERM {
		return ""
	}
	const left = "it leaves files of mode 0444, for reading; boot without lockdown=, and with Secure Boot off where it raises lockdown"
	state, known := feature.LockdownState("/")
	switch {
	case known && state != "none":
		return fmt.Sprintf("the kernel is locked down (%s): %s", state, left)
	case !known && (writing || perm&^0o444 != 0):
		return "the kernel is locked down, how far cannot be seen without securityfs: " + left
	}
	return ""
}
