// SPDX-License-Identifier: Apache-2.0

package sys

// Permissions of [MapQuery.Perms].
const (
	PermRead   = 1
	PermWrite  = 2
	PermExec   = 4
	PermShared = 8
)

// MapQuery is what one [MapQuery.Find] found, and its memory. It is made by
// [NewMapQuery].
type MapQuery struct {
	arg  procmapQuery
	name [4096]byte
}

// procmapQuery is struct procmap_query (include/uapi/linux/fs.h).
type procmapQuery struct {
	size, flags, addr       uint64
	start, end, perms       uint64
	pageSize, offset, inode uint64
	major, minor            uint32
	nameSize, buildIDSize   uint32
	nameAddr, buildIDAddr   uint64
}

// NewMapQuery makes one on the heap, where it stays: the kernel is given the
// address of its memory for the name.
//
//go:noinline
func NewMapQuery() *MapQuery { return new(MapQuery) }

// Range is the first address of the mapping, and the first after it.
func (q *MapQuery) Range() (start, end uint64) { return q.arg.start, q.arg.end }

// Perms are the permissions.
func (q *MapQuery) Perms() uint64 { return q.arg.perms }

// File is the device and the inode of the file behind the mapping, and the
// offset in it; all are 0 for none.
func (q *MapQuery) File() (major, minor uint32, inode, offset uint64) {
	return q.arg.major, q.arg.minor, q.arg.inode, q.arg.offset
}

// Name is the path or the name of the mapping, borrowed until the next Find.
func (q *MapQuery) Name() []byte {
	if q.arg.nameSize == 0 {
		return nil
	}
	return q.name[:q.arg.nameSize-1] // without the zero byte
}
