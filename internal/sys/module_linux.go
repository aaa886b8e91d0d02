// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// FinitModule loads the module that the descriptor fd, opened read-only,
// holds. params is the kernel's parameter string. It runs to its end in the
// kernel: the module's init function has returned when it returns.
func FinitModule(fd int, params string, flags int) error {
	return unix.FinitModule(fd, params, flags)
}

// InitModule loads a module from memory.
func InitModule(image []byte, params string) error {
	return unix.InitModule(image, params)
}

// DeleteModule asks the kernel to unload name, without waiting for its users
// (O_NONBLOCK): the waiting kind cannot be interrupted on modern kernels.
func DeleteModule(name string) error {
	return unix.DeleteModule(name, unix.O_NONBLOCK)
}
