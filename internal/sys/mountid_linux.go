// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// MountID tells the mount that fd was opened on from all others of the moment
// (statx(2), Linux 5.8; EOPNOTSUPP before).
func MountID(fd int) (uint64, error) {
	var st unix.Statx_t
	if err := unix.Statx(fd, "", unix.AT_EMPTY_PATH, unix.STATX_MNT_ID, &st); err != nil {
		return 0, err
	}
	if st.Mask&unix.STATX_MNT_ID == 0 {
		return 0, unix.EOPNOTSUPP
	}
	return st.Mnt_id, nil
}
