// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// procmapQueryRequest is PROCMAP_QUERY, _IOWR('f', 17, struct procmap_query).
const procmapQueryRequest = 3<<30 | unsafe.Sizeof(procmapQuery{})<<16 | 'f'<<8 | 17

// Find asks an open /proc/PID/maps (Linux 6.11) which mapping has the address.
// ENOENT is none, ESRCH a process without memory, ENAMETOOLONG a name of more
// than 4095 bytes, ENOTTY a kernel that cannot be asked. It allocates nothing.
func (q *MapQuery) Find(maps int, addr uint64) error {
	q.arg = procmapQuery{
		size: uint64(unsafe.Sizeof(q.arg)), addr: addr,
		// unsafe: q is on the heap, and the kernel writes there during the call only.
		nameAddr: uint64(uintptr(unsafe.Pointer(&q.name))), nameSize: uint32(len(q.name)),
	}
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(maps), procmapQueryRequest, uintptr(unsafe.Pointer(&q.arg)))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			q.arg = procmapQuery{}
			return errno
		}
	}
}
