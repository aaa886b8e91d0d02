// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
)

const rpsCPUs = "/sys/class/net/lo/queues/rx-0/rps_cpus"

// requireRoundTrip sets each value, reads it back, and puts back what was there.
func requireRoundTrip(t *testing.T, v *attr.Value[attr.Bits], values ...attr.Bits) {
	t.Helper()
	defer v.Close()
	before, err := v.Get()
	require.NoError(t, err)
	for _, want := range append(values, before) {
		require.NoError(t, v.Set(want), "%v", want)
		got, err := v.Get()
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

func TestTheKernelTakesAMask(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	requireRoundTrip(t, attr.With(attr.At("/proc/irq/default_smp_affinity", attr.Procfs), attr.Mask()),
		attr.Bits{0}, attr.Bits{1}, attr.Bits{0, 1})
	requireRoundTrip(t, attr.With(attr.At(rpsCPUs, attr.Sysfs), attr.Mask()),
		attr.Bits{1}, nil, attr.Bits{0, 1})
}

func TestTheKernelTakesAList(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	requireRoundTrip(t, attr.Of[attr.Bits](attr.At("/proc/sys/net/ipv4/ip_local_reserved_ports", attr.Sysctl)),
		attr.Bits{8080}, attr.Bits{1, 9000, 9001, 9002, 65535}, nil)

	file := attr.At(movableInterrupt(t)+"/smp_affinity_list", attr.Procfs)
	requireRoundTrip(t, attr.Of[attr.Bits](file), attr.Bits{1}, attr.Bits{0}, attr.Bits{0, 1})
}

// movableInterrupt is one that takes an affinity, as the timer's does not.
func movableInterrupt(t *testing.T) string {
	t.Helper()
	folders, err := filepath.Glob("/proc/irq/[0-9]*")
	require.NoError(t, err)
	for _, folder := range folders {
		list := attr.At(folder+"/smp_affinity_list", attr.Procfs)
		cpus, err := attr.Get[attr.Bits](list)
		if err == nil && attr.Set(list, cpus) == nil {
			return folder
		}
	}
	require.Fail(t, "no interrupt takes an affinity", folders)
	return ""
}

// What the documentation says of written masks.
func TestTheKernelRefusesAMaskThatIsTooWide(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	file := attr.At(rpsCPUs, attr.Sysfs)
	require.ErrorIs(t, file.Write([]byte("00000000,00000001\n")), syscall.EOVERFLOW, "groups that it has not")
	cpus := attr.With(file, attr.Mask())
	defer cpus.Close()
	require.ErrorIs(t, cpus.Set(attr.Bits{1000}), syscall.EOVERFLOW)
	got, err := cpus.Get()
	require.NoError(t, err)
	require.Empty(t, got)
}

// The CPUs of a control group are read by the kernel's reader of lists, and
// printed by its printer.
func TestAListIsToUsWhatItIsToTheKernel(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	root := t.TempDir()
	require.NoError(t, syscall.Mount("none", root, "cgroup2", 0, ""))
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(root, 0)) })
	require.NoError(t, os.WriteFile(root+"/cgroup.subtree_control", []byte("+cpuset"), 0))
	t.Cleanup(func() { require.NoError(t, os.WriteFile(root+"/cgroup.subtree_control", []byte("-cpuset"), 0)) })
	group := root + "/attr-" + strconv.Itoa(os.Getpid())
	require.NoError(t, os.Mkdir(group, 0o755))
	t.Cleanup(func() { require.NoError(t, os.Remove(group)) })

	file := attr.At(group+"/cpuset.cpus", attr.Sysfs)
	requireRoundTrip(t, attr.Of[attr.Bits](file), attr.Bits{1}, attr.Bits{0, 1}, nil)
	for _, text := range []string{
		"0", "1", "0-1", "0,1", "1,0", "1,1", " 0 1", ",,1,", "0-0", "00001", "0-1:1/2", "1-1:1/7", "0-1:2/2", "0-1:0/1", "0-1:1/4294967295",
		"x", "-", "-1", "1-", "1-0", "0 - 1", "0-1-1", "0x1", "0;1", "1:1/2", "0-1:1", "0-1:2/1", "0-1:0/0", "0-1:1/4294967296", "4294967296",
	} {
		var want attr.Bits
		ours := want.UnmarshalText([]byte(text))
		kernels := file.Write([]byte(text + "\n"))
		require.Equal(t, ours == nil, kernels == nil, "%q: %v, the kernel %v", text, ours, kernels)
		if ours != nil {
			continue
		}
		got, err := attr.Get[attr.Bits](file)
		require.NoError(t, err)
		require.Equal(t, want, got, "%q", text)
	}
}
