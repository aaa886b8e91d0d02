// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"bytes"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/procfs"
	"github.com/kernlink/kernlink/sysfs"
)

//kerneltest:need kmods=pktgen,dummy tools=ip

func ip(t *testing.T, args string) {
	t.Helper()
	out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput()
	require.NoError(t, err, "%s: %s", args, out)
}

// The packet generator is told what to do by files of its own in /proc, one
// command a write, and sends frames: into a device here that drops them.
func TestThePacketGeneratorIsDrivenByItsEntries(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Program("ip"))
	kerneltest.Load(t, "dummy", "numdummies=0")
	kerneltest.Load(t, "pktgen", nil)
	ip(t, "link add sink0 type dummy")
	defer ip(t, "link del sink0")
	ip(t, "link set sink0 up")
	fs, err := procfs.Open(nil)
	require.NoError(t, err)
	defer fs.Close()
	sys, err := sysfs.Open(nil)
	require.NoError(t, err)
	defer sys.Close()
	sink, err := sys.Device("net", "sink0")
	require.NoError(t, err)
	defer sink.Close()
	sent := func() (n int) {
		n, err := attr.Get[int](sink.Attr("statistics/tx_packets"))
		require.NoError(t, err)
		return n
	}

	thread := fs.Entry("net/pktgen/kpktgend_0")
	require.NoError(t, attr.Set(thread, "rem_device_all"))
	require.NoError(t, attr.Set(thread, "add_device sink0"))
	device := attr.Of[string](fs.Entry("net/pktgen/sink0"))
	defer device.Close()
	for _, command := range []string{"count 1000", "pkt_size 60", "dst 192.0.2.1", "delay 0"} {
		require.NoError(t, device.Set(command))
	}
	text, err := device.Get()
	require.NoError(t, err)
	require.Contains(t, text, "count 1000")
	require.Contains(t, text, "pkt_size: 60")
	require.Contains(t, text, "192.0.2.1")
	err = device.Set("no_such_command 1")
	require.ErrorIs(t, err, syscall.EINVAL)
	require.ErrorContains(t, err, "no_such_command")

	before := sent()
	require.NoError(t, attr.Set(fs.Entry("net/pktgen/pgctrl"), "start")) // returns when all are sent
	require.Equal(t, 1000, sent()-before, "as the device itself counts")
	found := false
	for line, err := range procfs.Records(fs.Entry("net/pktgen/sink0"), func(b []byte) (string, error) { return string(b), nil }) {
		require.NoError(t, err)
		found = found || strings.Contains(line, "pkts-sofar: 1000")
	}
	require.True(t, found)

	require.NoError(t, attr.Set(thread, "rem_device_all"))
	_, err = device.Get()
	require.ErrorIs(t, err, kernlink.ErrGone)
	require.ErrorIs(t, err, syscall.EIO)
	raw, err := thread.Read()
	require.NoError(t, err)
	require.False(t, bytes.Contains(raw, []byte("sink0")))
}
