// SPDX-License-Identifier: Apache-2.0

package debugfs

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatIsMissingIsSaidAsFarAsItIsKnown(t *testing.T) {
	const command = "it is not mounted: mount -t debugfs none /sys/kernel/debug"
	for _, tt := range []struct {
		known        bool
		boot, config string
		want         string
	}{
		{true, "", "y", command},
		{true, "on", "", command},
		{false, "", "y", command},
		{true, "no-mount", "y", "the kernel was booted with debugfs=no-mount"},
		{false, "off", "y", "the kernel was booted with debugfs=off"},
		{false, "", "n", "the kernel was built without CONFIG_DEBUG_FS"},
		{false, "", "", command + "; the kernel needs CONFIG_DEBUG_FS"},
	} {
		require.Equal(t, tt.want, hint(tt.known, tt.boot, tt.config), tt)
	}
}
