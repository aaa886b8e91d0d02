// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kmsg_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmsg"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

//kerneltest:need tools=dmesg

func TestMain(m *testing.M) { kerneltest.Main(m) }

func open(t *testing.T, from kmsg.From) *kmsg.Log {
	t.Helper()
	log, err := kmsg.Open(&kmsg.Options{From: from})
	require.NoError(t, err)
	t.Cleanup(func() { log.Close() })
	return log
}

func openWriter(t *testing.T, facility kmsg.Facility) *kmsg.Writer {
	t.Helper()
	w, err := kmsg.OpenWriter(&kmsg.WriterOptions{Facility: facility})
	require.NoError(t, err)
	t.Cleanup(func() { w.Close() })
	return w
}

// sysctl sets a value until the test ends. The newline is needed:
// printk_devkmsg refuses its own words without.
func sysctl(t *testing.T, name, value string) {
	t.Helper()
	path := "/proc/sys/kernel/" + name
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	old := strings.TrimSpace(string(b))
	if old == value {
		return
	}
	require.NoError(t, os.WriteFile(path, []byte(value+"\n"), 0))
	t.Cleanup(func() { require.NoError(t, os.WriteFile(path, []byte(old+"\n"), 0)) })
}

// next is the next record that meets the condition.
func next(t *testing.T, log *kmsg.Log, meets func(*kmsg.Record) bool) kmsg.Record {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for rec, err := range log.All(ctx) {
		require.NoError(t, err)
		if meets(rec) {
			return rec.Clone()
		}
	}
	panic("not reached")
}

func withText(text string) func(*kmsg.Record) bool {
	return func(rec *kmsg.Record) bool { return string(rec.Text) == text }
}

func TestDevicesInTheLogAreOfAKnownKind(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	var devices int
	for rec, err := range open(t, kmsg.All).Pending() {
		require.NoError(t, err)
		d := rec.Device()
		if len(d) == 0 {
			require.Empty(t, rec.Subsystem())
			continue
		}
		devices++
		_, _, named := d.Name()
		_, _, block := d.Block()
		_, _, char := d.Char()
		_, net := d.Interface()
		require.True(t, named || block || char || net, "device %q", d)
	}
	t.Logf("%d records about devices", devices)
}

// A uevent that the kernel does not know makes it complain about the device,
// whenever that is wanted and whatever the boot log still holds.
func TestDeviceRecordsHaveTheirDictionary(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	tests := []struct{ uevent, subsystem, device string }{
		{"/sys/class/net/lo/uevent", "net", "n1"},
		{"/sys/class/mem/null/uevent", "mem", "c1:3"},
		{"/sys/bus/cpu/devices/cpu0/uevent", "cpu", "+cpu:cpu0"},
	}
	for _, tt := range tests {
		t.Run(tt.device, func(t *testing.T) {
			log := open(t, kmsg.Now)
			require.ErrorIs(t, os.WriteFile(tt.uevent, []byte("nonsense"), 0), syscall.EINVAL)
			rec := next(t, log, func(rec *kmsg.Record) bool { return len(rec.Device()) > 0 })
			require.Equal(t, tt.device, rec.Device().String())
			require.Equal(t, tt.subsystem, rec.Subsystem().String())
			require.Equal(t, kmsg.Err, rec.Level)
			require.Equal(t, kmsg.Kern, rec.Facility)
			fields := map[string]string{}
			for k, v := range rec.Fields() {
				fields[k] = v.String()
			}
			require.Equal(t, map[string]string{"SUBSYSTEM": tt.subsystem, "DEVICE": tt.device}, fields)
		})
	}
}

func TestNobodyWritesAsTheKernel(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	log := open(t, kmsg.Now)
	for facility, want := range map[kmsg.Facility]kmsg.Facility{
		kmsg.Kern: kmsg.User, kmsg.Daemon: kmsg.Daemon, 255: 255,
	} {
		text := fmt.Sprintf("facility %d", facility)
		require.NoError(t, openWriter(t, facility).Write(kmsg.Debug, text))
		rec := next(t, log, withText(text))
		require.Equal(t, want, rec.Facility)
		require.Equal(t, kmsg.Debug, rec.Level)
	}
}

func TestTextsOf969BytesFitEverywhere(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	log := open(t, kmsg.Now)
	text := strings.Repeat("x", 969)
	require.NoError(t, openWriter(t, 255).Write(kmsg.Debug, text))
	next(t, log, withText(text))
}

func TestTextsOf1017BytesFitSinceLinux63(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Kernel(6, 3))
	log := open(t, kmsg.Now)
	text := strings.Repeat("x", 1017)
	require.NoError(t, openWriter(t, 255).Write(kmsg.Debug, text))
	next(t, log, withText(text))
}

func TestReadingIsRestrictedByCapability(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	sysctl(t, "dmesg_restrict", "1")

	// Capabilities belong to the thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var had [2]unix.CapUserData
	require.NoError(t, unix.Capget(&header, &had[0]))
	none := had
	none[0].Effective, none[1].Effective = 0, 0
	require.NoError(t, unix.Capset(&header, &none[0]))
	log, err := kmsg.Open(nil)
	require.NoError(t, unix.Capset(&header, &had[0]))
	if err == nil {
		log.Close()
	}

	require.ErrorIs(t, err, kernlink.ErrRestricted)
	require.ErrorIs(t, err, syscall.EPERM)
	require.ErrorContains(t, err, "CAP_SYSLOG")
	require.ErrorContains(t, err, "kernel.dmesg_restrict is 1")
}

// The last test: it turns the ring over, and what the boot said is gone.
func TestOverrunIsAGapOfTheExactSize(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	sysctl(t, "printk_devkmsg", "on")
	all, slow, now := open(t, kmsg.All), open(t, kmsg.All), open(t, kmsg.Now)
	var rec kmsg.Record
	require.NoError(t, slow.ReadInto(t.Context(), &rec))
	before := rec.Sequence

	newest := turnOver(t, before)

	low := oldest(t)
	err := slow.ReadInto(t.Context(), &rec)
	gap, ok := errors.AsType[*kmsg.Gap](err)
	require.True(t, ok, "%v", err)
	require.NoError(t, slow.ReadInto(t.Context(), &rec))
	require.Equal(t, gap.Next, rec.Sequence)
	require.Equal(t, gap.Next-before-1, gap.Lost)
	// Where nothing else was logged meanwhile, low and high are one number.
	require.LessOrEqual(t, low, gap.Next)
	require.LessOrEqual(t, gap.Next, oldest(t))

	read := uint64(1)
	for rec, err := range slow.Pending() {
		require.NoError(t, err)
		read++
		if rec.Sequence == newest {
			break
		}
	}
	require.Equal(t, newest-before, gap.Lost+read, "lost and read are not all")

	require.NoError(t, all.ReadInto(t.Context(), &rec), "the oldest record is where All begins")
	require.GreaterOrEqual(t, rec.Sequence, gap.Next)

	err = now.ReadInto(t.Context(), &rec)
	gap, ok = errors.AsType[*kmsg.Gap](err)
	require.True(t, ok, "%v", err)
	require.Zero(t, gap.Lost, "nobody can know")
	require.NoError(t, now.ReadInto(t.Context(), &rec))
	require.Equal(t, gap.Next, rec.Sequence)
}

// turnOver logs until neither record n+1 nor what Now was at its call is in
// the ring any more, and returns the number of the last record that it wrote.
func turnOver(t *testing.T, n uint64) (newest uint64) {
	t.Helper()
	w, log := openWriter(t, kmsg.User), open(t, kmsg.Now)
	text := strings.Repeat("turn over ", 90)
	var first uint64
	for range 10_000 {
		last := fmt.Sprint(text, newest)
		for range 20 {
			require.NoError(t, w.Write(kmsg.Debug, last))
		}
		for rec, err := range log.Pending() {
			require.NoError(t, err)
			if first == 0 {
				first = rec.Sequence
			}
			if string(rec.Text) == last {
				newest = rec.Sequence
			}
		}
		if oldest(t) > max(n+1, first) {
			return newest
		}
	}
	t.Fatal("the ring has no end")
	return 0
}

func oldest(t *testing.T) uint64 {
	t.Helper()
	log, err := kmsg.Open(nil)
	require.NoError(t, err)
	defer log.Close()
	var rec kmsg.Record
	require.NoError(t, log.ReadInto(t.Context(), &rec))
	return rec.Sequence
}
