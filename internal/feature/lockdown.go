// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// Lockdown is how much the kernel refuses even to root
// (kernel_lockdown(7)): "none", "integrity" or "confidentiality". A kernel
// without lockdown, or one whose securityfs is not mounted, counts as "none".
func Lockdown(root string) string {
	state, _ := LockdownState(root)
	return state
}

// LockdownState is [Lockdown], and whether it can be known: securityfs is
// mounted, and has a file for it or the kernel no lockdown.
func LockdownState(root string) (state string, known bool) {
	dir := filepath.Join(root, "sys/kernel/security")
	text, err := sys.ReadFile(filepath.Join(dir, "lockdown"))
	if err != nil {
		return "none", isSecurityfs(dir)
	}
	// none [integrity] confidentiality
	_, rest, _ := strings.Cut(string(text), "[")
	if state, _, ok := strings.Cut(rest, "]"); ok {
		return state, true
	}
	return "none", false
}

func isSecurityfs(dir string) bool {
	const magic = 0x73636673
	fd, err := sys.Open(dir, sys.PathOnly|sys.Directory)
	if err != nil {
		return false
	}
	defer sys.Close(fd)
	got, err := sys.StatfsType(fd)
	return err == nil && got == magic
}
