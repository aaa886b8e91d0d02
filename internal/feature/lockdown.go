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
	text, err := sys.ReadFile(filepath.Join(root, "sys/kernel/security/lockdown"))
	if err != nil {
		return "none"
	}
	// none [integrity] confidentiality
	_, rest, _ := strings.Cut(string(text), "[")
	if state, _, ok := strings.Cut(rest, "]"); ok {
		return state
	}
	return "none"
}
