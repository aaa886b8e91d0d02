// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// Mount mounts fstype at target; data is the filesystem's own option string.
func Mount(source, target, fstype, data string) error {
	return unix.Mount(source, target, fstype, 0, data)
}

// Unmount takes away what is mounted at target.
func Unmount(target string) error { return unix.Unmount(target, 0) }

// BindMount makes the tree at source visible at target too.
func BindMount(source, target string) error {
	return unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, "")
}

// MakeMountsPrivate keeps what this mount namespace mounts from showing in
// the one that it was copied from.
func MakeMountsPrivate() error {
	return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
}

// Chroot changes the root and stands in it.
func Chroot(dir string) error {
	if err := unix.Chroot(dir); err != nil {
		return err
	}
	return unix.Chdir("/")
}

// FreeBytes says how much of the filesystem that holds path an ordinary user
// may still write.
func FreeBytes(path string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
