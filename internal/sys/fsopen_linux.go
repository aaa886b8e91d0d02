// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// NewMount mounts a filesystem of the kernel's own nowhere (fsopen(2), Linux
// 5.2) and returns its root: nobody else can reach it, so nobody can mount
// over it. It goes away with the last descriptor. options are pairs of a key
// and a value. It needs CAP_SYS_ADMIN.
func NewMount(fstype string, options ...[2]string) (int, error) {
	fs, err := unix.Fsopen(fstype, unix.FSOPEN_CLOEXEC)
	if err != nil {
		return -1, err
	}
	defer unix.Close(fs)
	for _, option := range options {
		if err := unix.FsconfigSetString(fs, option[0], option[1]); err != nil {
			return -1, err
		}
	}
	if err := unix.FsconfigCreate(fs); err != nil {
		return -1, err
	}
	const attrs = unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, attrs)
}

// CloneMount makes a copy of the mount at path, without what is mounted over
// parts of it (open_tree(2), Linux 5.2), and returns its root. It goes away
// with the last descriptor. It needs CAP_SYS_ADMIN.
func CloneMount(path string) (int, error) {
	return unix.OpenTree(unix.AT_FDCWD, path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
}
