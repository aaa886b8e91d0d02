// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/probe"
)

const stock = "../../probe/testdata/stock"

func doctor(t *testing.T, args ...string) (status int, out, complaint string) {
	t.Helper()
	var o, c bytes.Buffer
	status = run(args, &o, &c)
	return status, o.String(), c.String()
}

func TestTheTableHasAFixBelowWhatIsMissing(t *testing.T) {
	status, out, complaint := doctor(t, "-root", stock)
	require.Zero(t, status)
	require.Empty(t, complaint)
	require.Equal(t, `procfs    usable   mounted at /proc
sysctl    usable   /proc/sys
sysfs     usable   mounted at /sys
modparam  usable   /sys/module
configfs  missing  its module is not loaded
                   -> modprobe configfs && mount -t configfs none /sys/kernel/config
debugfs   usable   mounted at /sys/kernel/debug
tracefs   usable   mounted at /sys/kernel/tracing
relay     usable   for modules that make channels, in debugfs
chardev   unknown  the tree has no such file: no such file or directory
ioctl     unknown  the tree has no such file: no such file or directory
syscalls  usable   Linux 6.1.0-56-cloud-amd64
nl        usable   the kernel has the protocol
genl      usable   the kernel has the protocol
packet    usable   the kernel has the protocol
udp       usable   the kernel has the protocol
alg       missing  its module is not loaded; the first socket would load it, where modprobe has it
                   -> modprobe af_alg
kmod      usable   modules can be loaded
kmsg      unknown  the tree has no such file: no such file or directory
`, out)
}

func TestJSONHasTheSame(t *testing.T) {
	status, out, _ := doctor(t, "-json", "-root", stock)
	require.Zero(t, status)
	var lines []struct{ Channel, State, Path, Reason, Fix, Error string }
	require.NoError(t, json.Unmarshal([]byte(out), &lines))
	require.Len(t, lines, len(probe.Channels()))
	require.Equal(t, "configfs", lines[4].Channel)
	require.Equal(t, "missing", lines[4].State)
	require.Equal(t, "modprobe configfs && mount -t configfs none /sys/kernel/config", lines[4].Fix)
	require.Contains(t, out, "configfs && mount", "nothing is escaped for HTML")
	require.Equal(t, "no such file or directory", lines[8].Error)
}

func TestTheStatusIsAboutTheChannelsThatAreNamed(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want int
	}{
		{[]string{"-root", stock}, 0},
		{[]string{"-root", stock, "procfs", "nl"}, 0},
		{[]string{"-root", stock, "procfs", "configfs"}, 1},
		{[]string{"-root", stock, "-json", "alg"}, 1},
		{[]string{"-root", stock, "configsf"}, 2},
		{[]string{"-no-such-flag"}, 2},
		{[]string{"-h"}, 0},
	} {
		status, _, _ := doctor(t, tt.args...)
		require.Equal(t, tt.want, status, tt.args)
	}
	_, out, complaint := doctor(t, "configsf")
	require.Empty(t, out)
	require.Contains(t, complaint, `no channel is called "configsf"`)
	require.Contains(t, complaint, "configfs")
}

func TestTheRunningSystemHasAnAnswerForEach(t *testing.T) {
	status, out, _ := doctor(t)
	require.Zero(t, status)
	for _, name := range probe.Channels() {
		require.Contains(t, out, name)
	}
}
