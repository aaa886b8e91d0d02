// SPDX-License-Identifier: Apache-2.0

package mount_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/mount"
	"github.com/kernlink/kernlink/internal/sys"
)

func TestAFileSystemIsFoundWhereItUsuallyIsAndElsewhere(t *testing.T) {
	for what, usual := range map[string][]string{
		"usual": {"/proc"}, "the second": {"/no/such", "/proc"}, "another file system is there": {"/dev", "/etc"}, "none": nil,
	} {
		fd, point, ok, err := mount.Find("proc", sys.ProcMagic, usual...)
		require.NoError(t, err, what)
		require.True(t, ok, what)
		require.Equal(t, "/proc", point, what)
		magic, err := sys.StatfsType(fd)
		require.NoError(t, err)
		require.EqualValues(t, sys.ProcMagic, magic, what)
		require.NoError(t, sys.Close(fd))
	}
	_, _, ok, err := mount.Find("no such kind", 1, "/proc", "/no/such")
	require.NoError(t, err)
	require.False(t, ok)
	_, _, ok, err = mount.Find("proc", 1, "/proc")
	require.NoError(t, err, "the list says that it is there, and the folder that it is not")
	require.False(t, ok)
}
