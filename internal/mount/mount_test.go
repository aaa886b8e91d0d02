// SPDX-License-Identifier: Apache-2.0

package mount_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/mount"
)

const text = `22 27 0:21 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
23 27 0:22 / /proc ro,relatime - proc proc rw
24 22 0:7 / /sys/kernel/debug rw shared:9 master:3 - debugfs debugfs ro
25 27 0:7 /block /srv/part rw - debugfs debugfs rw
26 27 0:33 / /mnt/with\040blank\011and\012more\134 rw - tmpfs tmpfs rw,size=1k
`

func TestMountsAreReadFromMountinfo(t *testing.T) {
	require.Equal(t, []mount.Mount{
		{Point: "/sys", Kind: "sysfs"},
		{Point: "/proc", Kind: "proc", ReadOnly: true},
		{Point: "/sys/kernel/debug", Kind: "debugfs", ReadOnly: true},
		{Point: "/mnt/with blank\tand\nmore\\", Kind: "tmpfs"},
	}, mount.Parse([]byte(text)), "a part of a file system is none of them")
}

func TestWhatIsNoLineOfMountinfoIsPassedOver(t *testing.T) {
	for _, text := range []string{
		"", "\n", " - ", "22 27 0:21 / /sys rw", "22 27 0:21 / /sys - sysfs sysfs rw", "22 27 0:21 / /sys rw - sysfs sysfs",
	} {
		require.Empty(t, mount.Parse([]byte(text)), text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(text))
	f.Add([]byte("22 27 0:21 / /sys rw - sysfs sysfs rw"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range mount.Parse(text) {
			require.NotEmpty(t, m.Point)
			require.NotEmpty(t, m.Kind)
			require.False(t, strings.Contains(m.Kind, " "))
		}
	})
}
