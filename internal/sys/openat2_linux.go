// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// What the guarded opens refuse: a mount on the way (EXDEV), and a link that
// the kernel follows without a path, such as /proc/self/exe (ELOOP).
const sameMount = unix.RESOLVE_NO_XDEV | unix.RESOLVE_NO_MAGICLINKS

// OpenBeneath opens name below the directory dir by openat2(2), Linux 5.6: on
// dir's own mount, and never above dir. A mount over the name, or over a
// folder on the way to it, is EXDEV.
func OpenBeneath(dir int, name string, flags int) (int, error) {
	return openat2(dir, name, flags, sameMount|unix.RESOLVE_BENEATH)
}

// OpenSameMount is [OpenBeneath] for a name that may lead above dir.
func OpenSameMount(dir int, name string, flags int) (int, error) {
	return openat2(dir, name, flags, sameMount)
}

func openat2(dir int, name string, flags int, resolve uint64) (int, error) {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return -1, err
	}
	return openat2Z(dir, path, flags, resolve)
}

// OpenBeneathZ is [OpenBeneath] for a name in bytes that ends with a zero
// byte, and allocates nothing.
func OpenBeneathZ(dir int, name []byte, flags int) (int, error) {
	if len(name) == 0 || name[len(name)-1] != 0 {
		return -1, unix.EINVAL
	}
	return openat2Z(dir, &name[0], flags, sameMount|unix.RESOLVE_BENEATH)
}

func openat2Z(dir int, name *byte, flags int, resolve uint64) (int, error) {
	if flags&unix.O_PATH == 0 {
		flags |= unix.O_LARGEFILE
	}
	how := unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: resolve}
	for {
		// unsafe: the kernel reads the name and how during the call only.
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT2, uintptr(dir), uintptr(unsafe.Pointer(name)),
			uintptr(unsafe.Pointer(&how)), unix.SizeofOpenHow, 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case unix.EINTR:
		default:
			return -1, errno
		}
	}
}
