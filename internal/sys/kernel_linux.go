// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Kernel is what uname(2) says of the running kernel.
type Kernel struct {
	Release string // 6.1.0-56-cloud-amd64
	Version string // #1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-02)
	Machine string // x86_64
}

// Uname returns the running kernel's names.
func Uname() (Kernel, error) {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return Kernel{}, err
	}
	return Kernel{
		Release: unix.ByteSliceToString(u.Release[:]),
		Version: unix.ByteSliceToString(u.Version[:]),
		Machine: unix.ByteSliceToString(u.Machine[:]),
	}, nil
}
