// SPDX-License-Identifier: Apache-2.0

package sys

// Stat is what fstatat(2) says of a file, the part that pseudo-files fill in.
type Stat struct {
	Dev, Ino, Rdev uint64
	Mode           uint32 // type and permissions, as st_mode
	UID, GID       uint32
	Links          uint64 // 0 for a file of an ordinary folder that was removed
	Size           int64
	Changed        int64 // mtime, in ns since 1970
}

// Parts of [Stat.Mode].
const (
	ModeType  = 0o170000
	ModeChar  = 0o020000
	ModeDir   = 0o040000
	ModeBlock = 0o060000
	ModeFile  = 0o100000
	ModeLink  = 0o120000
)

// Major and Minor are the two parts of a device's number ([Stat.Rdev]), which
// stat(2) has mixed so that old programs see the low bits where they were.
func Major(dev uint64) uint32 { return uint32(dev>>8&0xfff | dev>>32&^0xfff) }

// Minor is described at [Major].
func Minor(dev uint64) uint32 { return uint32(dev&0xff | dev>>12&^0xff) }
