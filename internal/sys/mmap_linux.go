// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// What [Mmap] takes.
const (
	ProtRead  = unix.PROT_READ
	ProtWrite = unix.PROT_WRITE

	MapShared   = unix.MAP_SHARED
	MapPrivate  = unix.MAP_PRIVATE
	MapPopulate = unix.MAP_POPULATE
	MapLocked   = unix.MAP_LOCKED
)

func mmap(fd int, off int64, n, prot, flags int) ([]byte, error) {
	return unix.Mmap(fd, off, n, prot, flags)
}

func munmap(pages []byte) error { return unix.Munmap(pages) }
