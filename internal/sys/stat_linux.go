// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Magic numbers of file systems ([StatfsType], include/uapi/linux/magic.h).
const (
	ProcMagic   = unix.PROC_SUPER_MAGIC
	SysfsMagic  = unix.SYSFS_MAGIC
	ConfigMagic = 0x62656570
	DebugMagic  = unix.DEBUGFS_MAGIC
	TraceMagic  = unix.TRACEFS_MAGIC
	NSMagic     = unix.NSFS_MAGIC
)

// StatAt looks at name below dir; follow says whether a link is followed.
func StatAt(dir int, name string, follow bool) (Stat, error) {
	flags := 0
	if !follow {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	var st unix.Stat_t
	err := unix.Fstatat(dir, name, &st, flags)
	return statOf(&st), err
}

// Fstat looks at an open file, a PathOnly one included.
func Fstat(fd int) (Stat, error) {
	var st unix.Stat_t
	err := unix.Fstat(fd, &st)
	return statOf(&st), err
}

// The widths of the fields differ between architectures.
func statOf(st *unix.Stat_t) Stat {
	return Stat{
		Dev: uint64(st.Dev), Ino: uint64(st.Ino), Rdev: uint64(st.Rdev),
		Mode: uint32(st.Mode), UID: st.Uid, GID: st.Gid, Links: uint64(st.Nlink), Size: int64(st.Size),
		Changed: int64(st.Mtim.Sec)*1e9 + int64(st.Mtim.Nsec),
	}
}

// StatfsType is the magic number of the file system that fd lies on.
func StatfsType(fd int) (int64, error) {
	var st unix.Statfs_t
	for {
		err := unix.Fstatfs(fd, &st)
		if err != unix.EINTR {
			return int64(uint32(st.Type)), err
		}
	}
}

// Access asks whether the effective user may: 4 to read, 2 to write, 0 for
// whether the file is there.
func Access(dir int, name string, mode uint32) error {
	return unix.Faccessat(dir, name, mode, unix.AT_EACCESS)
}

// IsMount reports whether name in dir is a folder on which a file system is
// mounted, or would be by who enters it. It has none mounted by looking.
func IsMount(dir int, name string) (bool, error) {
	var st unix.Statx_t
	err := unix.Statx(dir, name, unix.AT_NO_AUTOMOUNT|unix.AT_SYMLINK_NOFOLLOW, 0, &st)
	return st.Attributes&(unix.STATX_ATTR_MOUNT_ROOT|unix.STATX_ATTR_AUTOMOUNT) != 0, err
}
