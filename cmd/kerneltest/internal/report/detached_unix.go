// SPDX-License-Identifier: Apache-2.0

//go:build unix

package report

import "syscall"

// detached keeps the terminal's signals from a child.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
