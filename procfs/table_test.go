// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

// collect copies what is kept of each item.
func collect[T, K any](t testing.TB, items iter.Seq2[T, error], keep func(T) K) (all []K) {
	t.Helper()
	for v, err := range items {
		require.NoError(t, err)
		all = append(all, keep(v))
	}
	return all
}

// records are the lines below a heading.
func records(text []byte, headings int) []string {
	return strings.SplitAfter(strings.TrimSpace(string(text)), "\n")[headings:]
}

func TestInterruptsOfEveryKernel(t *testing.T) {
	eachKernel(t, "interrupts", func(t *testing.T, version string, text []byte) {
		names := map[string]Interrupt{}
		for v, err := range ParseInterrupts(text) {
			require.NoError(t, err)
			v.CPUs = append([]int(nil), v.CPUs...)
			v.Counts = append([]uint64(nil), v.Counts...)
			names[v.Name.String()] = v
		}
		require.Len(t, names, bytes.Count(text, []byte("\n"))-1)
		timer := names["LOC"]
		require.Equal(t, []int{0, 1}, timer.CPUs)
		require.Len(t, timer.Counts, 2)
		require.Equal(t, timer.Counts[0]+timer.Counts[1], timer.Total())
		require.NotZero(t, timer.Total())
		require.Equal(t, "Local timer interrupts", timer.Info.String())
		_, ok := timer.IRQ()
		require.False(t, ok)
		if all, ok := names["ERR"]; ok {
			require.Len(t, all.Counts, 1, "of all CPUs together")
			require.Empty(t, all.Info)
		}
		config := names["24"]
		n, ok := config.IRQ()
		require.True(t, ok)
		require.Equal(t, 24, n)
		require.NotEmpty(t, config.Info)
	})
	eachKernel(t, "softirqs", func(t *testing.T, _ string, text []byte) {
		names := collect(t, ParseInterrupts(text), func(v Interrupt) string { return v.Name.String() })
		require.Equal(t, []string{"HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"}, names)
	})
}

func TestColumnsOfInterruptsAreThoseOfTheHeading(t *testing.T) {
	text := "            CPU1       CPU5\n 9: 1 2 IO-APIC 3-edge acpi\nERR: 7\nbad line\nNMI: 18446744073709551615 0 x"
	var errs, n int
	for v, err := range ParseInterrupts([]byte(text)) {
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			errs++
			continue
		}
		switch n++; v.Name.String() {
		case "9":
			require.Equal(t, []int{1, 5}, v.CPUs)
			require.Equal(t, []uint64{1, 2}, v.Counts)
			require.Equal(t, "IO-APIC 3-edge acpi", v.Info.String())
		case "NMI":
			require.Equal(t, uint64(math.MaxUint64), v.Counts[0])
		}
	}
	require.Equal(t, 1, errs, "an error in its place, and the loop goes on")
	require.Equal(t, 3, n)
	for _, err := range ParseInterrupts([]byte("what is it\n")) {
		require.ErrorIs(t, err, ErrMalformed)
	}
	for range ParseInterrupts([]byte(text)) {
		break
	}
}

func TestDisksOfEveryKernel(t *testing.T) {
	eachKernel(t, "diskstats", func(t *testing.T, _ string, text []byte) {
		for _, line := range records(text, 0) {
			d, err := ParseDisk([]byte(line))
			require.NoError(t, err)
			require.Equal(t, 20, d.Fields)
			f := strings.Fields(line)
			require.Equal(t, f[2], d.Name.String())
			sectors, _ := signed([]byte(f[5]))
			require.EqualValues(t, sectors*512, d.ReadBytes)
		}
	})
}

func TestADiskHasTheFieldsOfItsKernel(t *testing.T) {
	const all = " 254 1 vda1 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"
	d, err := ParseDisk([]byte(all + " 21 22\n"))
	require.NoError(t, err, "a newer one has more")
	require.Equal(t, Disk{
		Major: 254, Minor: 1, Name: Text("vda1"), Reads: 4, ReadsMerged: 5, ReadBytes: 6 * 512, ReadTime: 7 * time.Millisecond,
		Writes: 8, WritesMerged: 9, WrittenBytes: 10 * 512, WriteTime: 11 * time.Millisecond, InFlight: 12,
		IOTime: 13 * time.Millisecond, WeightedIOTime: 14 * time.Millisecond, Discards: 15, DiscardsMerged: 16,
		DiscardedBytes: 17 * 512, DiscardTime: 18 * time.Millisecond, Flushes: 19, FlushTime: 20 * time.Millisecond, Fields: 20,
	}, d)
	d, err = ParseDisk([]byte(" 254 1 vda1 4 5 6 7 8 9 10 11 12 13 14"))
	require.NoError(t, err)
	require.Equal(t, 14, d.Fields)
	require.Zero(t, d.Discards)
	d, err = ParseDisk([]byte("1 2 x 1 1 18446744073709551615 18446744073709551615 1 1 1 1 1 1 1"))
	require.NoError(t, err, "a counter that the kernel got wrong is large")
	require.Equal(t, uint64(math.MaxUint64), d.ReadBytes)
	require.Positive(t, d.ReadTime)
	for _, bad := range []string{"", "254 1 vda1", "254 1 vda1 4 5 6 7 8 9 10 11 12 13 x", "x 1 vda1 4 5 6 7 8 9 10 11 12 13 14"} {
		_, err = ParseDisk([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed, "%q", bad)
	}
}

func TestPartitionsAndSwaps(t *testing.T) {
	p, err := ParsePartition([]byte(" 254        0  268435456 vda\n"))
	require.NoError(t, err)
	require.Equal(t, Partition{254, 0, 268435456 << 10, Text("vda")}, p)
	_, err = ParsePartition([]byte("major minor  #blocks  name"))
	require.ErrorIs(t, err, ErrMalformed)
	var s Swap
	require.NoError(t, ParseSwap([]byte("/my\\040swap\\011\\134\\043\\040(deleted)   file\t\t1048572\t\t4\t\t-2 new\n"), &s))
	require.Equal(t, "/my swap\t\\# (deleted)", s.Path.String())
	require.Equal(t, "file", s.Type.String())
	require.EqualValues(t, 1048572<<10, s.Size)
	require.EqualValues(t, 4<<10, s.Used)
	require.Equal(t, -2, s.Priority)
	require.ErrorIs(t, ParseSwap([]byte("Filename Type Size Used Priority"), &s), ErrMalformed)
	require.ErrorIs(t, ParseSwap(nil, &s), ErrMalformed)
	eachKernel(t, "swaps", func(t *testing.T, _ string, text []byte) {
		require.NoError(t, ParseSwap([]byte(records(text, 1)[0]), &s))
		require.Equal(t, "/dev/nullb0", s.Path.String())
	})
}

const oddSource, oddTarget = "my source#1", "/tmp/a b\tc\\d#e\nf"

func TestMountsOfEveryKernel(t *testing.T) {
	eachKernel(t, "mounts", func(t *testing.T, _ string, text []byte) {
		var m Mount
		lines := records(text, 0)
		for _, line := range lines {
			before := strings.Clone(line)
			b := []byte(line)
			require.NoError(t, ParseMount(b, &m))
			require.Equal(t, before, string(b), "the text is as before")
		}
		require.Equal(t, oddSource, m.Source.String())
		require.Equal(t, oddTarget, m.Target.String())
		require.Equal(t, "tmpfs", m.Type.String())
		require.Equal(t, "rw,relatime,size=64k,inode64", m.Options.String())
	})
	eachKernel(t, "mountinfo", func(t *testing.T, _ string, text []byte) {
		var m MountInfo
		for _, line := range records(text, 0) {
			require.NoError(t, ParseMountInfo([]byte(line), &m))
		}
		require.Equal(t, oddSource, m.Source.String())
		require.Equal(t, oddTarget, m.Target.String())
		require.Equal(t, "/", m.Root.String())
		require.Equal(t, "rw,size=64k,inode64", m.SuperOptions.String())
		require.NotZero(t, m.ID)
		require.NotZero(t, m.ParentID)
	})
}

func TestMountInfoHasOptionalFields(t *testing.T) {
	m := MountInfo{Unbindable: true, Shared: 9}
	require.NoError(t, ParseMountInfo([]byte(`36 35 98:0 /mnt1\040x /mnt2 rw,noatime master:1 propagate_from:2 new_one shared:3 - ext3 /dev/ro\134ot rw,errors=continue new`), &m))
	require.Equal(t, 36, m.ID)
	require.Equal(t, 35, m.ParentID)
	require.Equal(t, [2]uint32{98, 0}, [2]uint32{m.Major, m.Minor})
	require.Equal(t, "/mnt1 x", m.Root.String())
	require.Equal(t, "/mnt2", m.Target.String())
	require.Equal(t, "rw,noatime", m.Options.String())
	require.Equal(t, [3]int{3, 1, 2}, [3]int{m.Shared, m.Master, m.PropagateFrom})
	require.False(t, m.Unbindable)
	require.Equal(t, `/dev/ro\ot`, m.Source.String())
	require.Equal(t, "rw,errors=continue", m.SuperOptions.String())
	require.NoError(t, ParseMountInfo([]byte(`1 1 0:1 / / rw unbindable - proc  rw`), &m))
	require.True(t, m.Unbindable)
	require.Empty(t, m.Source, "whoever mounted it gave it no name")
	for _, bad := range []string{
		"", "36 35 98:0 /mnt1 /mnt2 rw", "36 35 98:0 /mnt1 /mnt2 rw shared:1", "36 35 98:0 /mnt1 /mnt2 rw -", "36 35 98:0 / / rw - a b",
		"x 35 98:0 / / rw - a b c", "36 35 98 / / rw - a b c", "36 35 98:0 / / rw shared:x - a b c", "36 35 98:-1 / / rw - a b c",
	} {
		require.ErrorIs(t, ParseMountInfo([]byte(bad), &m), ErrMalformed, "%q", bad)
	}
	var plain Mount
	require.NoError(t, ParseMount([]byte(` /mnt tmpfs rw 0 0`), &plain))
	require.Empty(t, plain.Source)
	require.Equal(t, "/mnt", plain.Target.String())
	for _, bad := range []string{"", "a b c", "a  c d"} {
		require.ErrorIs(t, ParseMount([]byte(bad), &plain), ErrMalformed, "%q", bad)
	}
}

func TestZonesOfEveryKernel(t *testing.T) {
	eachKernel(t, "zoneinfo", func(t *testing.T, version string, text []byte) {
		names, first := []string(nil), true
		for z, err := range ParseZones(text) {
			require.NoError(t, err)
			names = append(names, z.Name.String())
			free, ok := z.Value("free")
			require.True(t, ok)
			require.Equal(t, z.Free, free)
			require.GreaterOrEqual(t, z.Spanned, z.Present)
			require.NotEmpty(t, z.Protection)
			if z.Managed == 0 {
				_, ok = z.Value("nr_free_pages")
				require.False(t, ok && version != "6.1", "a zone without pages prints a few numbers")
				continue
			}
			pages, ok := z.Value("nr_free_pages")
			require.True(t, ok)
			require.InDelta(t, pages, z.Free, 4096)
			require.Less(t, z.Min, z.Low)
			require.Less(t, z.Low, z.High)
			require.Len(t, z.Pagesets, 2)
			require.Equal(t, 1, z.Pagesets[1].CPU)
			require.NotZero(t, z.Pagesets[1].Batch)
			_, ok = z.NodeValue("nr_dirty")
			require.Equal(t, first, ok)
			first = false
			_, ok = z.Value("nr_dirty")
			require.False(t, ok, "that is the node's")
			_, ok = z.Value("promo")
			require.Equal(t, version != "6.1", ok)
			_, ok = z.Value("start_pfn")
			require.True(t, ok)
		}
		require.Equal(t, bytes.Count(text, []byte("Node ")), len(names))
		require.Equal(t, "DMA", names[0])
	})
	for _, bad := range []string{
		"x\n", "Node 0, zone DMA\n", "Node 0\n  pages free 1\n", "Node 0, zone DMA\n  pages free x\n",
		"Node 0, zone DMA\n  pages free 1\n        protection: (0, x)\n", "Node 0, zone DMA\n  pages free 1\n  pagesets\n    cpu: x\n",
	} {
		for _, err := range ParseZones([]byte(bad)) {
			require.ErrorIs(t, err, ErrMalformed, "%q", bad)
		}
	}
}

func TestBuddiesOfEveryKernel(t *testing.T) {
	var b Buddy
	eachKernel(t, "buddyinfo", func(t *testing.T, _ string, text []byte) {
		for _, line := range records(text, 0) {
			require.NoError(t, ParseBuddy([]byte(line), &b))
			require.Len(t, b.Free, 11)
			require.NotZero(t, b.Pages())
		}
	})
	require.NoError(t, ParseBuddy([]byte("Node 3, zone   Normal   1 2 3 \n"), &b))
	require.Equal(t, Buddy{3, Text("Normal"), []uint64{1, 2, 3}}, b)
	require.EqualValues(t, 1+4+12, b.Pages())
	for _, bad := range []string{"", "Node 0, zone", "Node 0, zone DMA", "Node 0 zone DMA 1", "Node 0, zone DMA 1 x", "node 0, zone DMA 1"} {
		require.ErrorIs(t, ParseBuddy([]byte(bad), &b), ErrMalformed, "%q", bad)
	}
}

func TestSlabsOfEveryKernel(t *testing.T) {
	eachKernel(t, "slabinfo", func(t *testing.T, _ string, text []byte) {
		lines := records(text, 2)
		for _, line := range lines {
			s, err := ParseSlab([]byte(line))
			require.NoError(t, err)
			require.NotZero(t, s.ObjectSize)
			require.LessOrEqual(t, s.ActiveObjects, s.Objects)
			require.LessOrEqual(t, s.ActiveSlabs, s.Slabs)
		}
		require.Greater(t, len(lines), 50)
	})
	s, err := ParseSlab([]byte("bio-136 1 2 3 4 5 : tunables 6 7 8 : slabdata 9 10 11 12"))
	require.NoError(t, err)
	require.Equal(t, Slab{Text("bio-136"), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, s)
	for _, bad := range []string{"", "a 1 2 3 4 5 : tunables 6 7 8", "a 1 2 3 4 : tunables 6 7 8 : slabdata 9 10 11", "a 1 2 3 4 x : tunables 6 7 8 : slabdata 9 10 11"} {
		_, err = ParseSlab([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed, "%q", bad)
	}
}

func TestCPUsOfEveryKernel(t *testing.T) {
	eachKernel(t, "cpuinfo", func(t *testing.T, _ string, text []byte) {
		n := 0
		for c, err := range ParseCPUs(text) {
			require.NoError(t, err)
			require.Equal(t, n, c.Processor)
			n++
			vendor, ok := c.Field("vendor_id")
			require.True(t, ok)
			require.Equal(t, "AuthenticAMD", vendor.String())
			require.True(t, c.HasFlag("sse2"))
			require.False(t, c.HasFlag("sse9"))
			power, ok := c.Field("power management")
			require.True(t, ok, "it is there, and empty")
			require.Empty(t, power)
			_, ok = c.Field("Hardware")
			require.False(t, ok)
		}
		require.Equal(t, 2, n)
	})
}

func TestCPUsOfOtherArchitectures(t *testing.T) {
	arm := "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd aes\n\nprocessor\t: 1\nFeatures\t: fp\n\n\nHardware\t: BCM2835\n"
	var got []int
	for c, err := range ParseCPUs([]byte(arm)) {
		require.NoError(t, err)
		got = append(got, c.Processor)
		require.Equal(t, c.Processor == 0, c.HasFlag("aes"))
	}
	require.Equal(t, []int{0, 1, -1}, got)
	for _, err := range ParseCPUs([]byte("nothing\n")) {
		require.ErrorIs(t, err, ErrMalformed)
	}
	for range ParseCPUs(nil) {
		t.Fatal("a CPU of nothing")
	}
}

func TestFilesystemsModulesSymbolsKeys(t *testing.T) {
	eachKernel(t, "filesystems", func(t *testing.T, _ string, text []byte) {
		for _, line := range records(text, 0) {
			_, err := ParseFilesystem([]byte(line))
			require.NoError(t, err)
		}
	})
	f, err := ParseFilesystem([]byte("nodev\tproc\n"))
	require.NoError(t, err)
	require.Equal(t, Filesystem{Text("proc"), true}, f)
	f, err = ParseFilesystem([]byte("\text4\n"))
	require.NoError(t, err)
	require.Equal(t, Filesystem{Text("ext4"), false}, f)

	eachKernel(t, "modules", func(t *testing.T, _ string, text []byte) {
		m, err := ParseModule([]byte(records(text, 0)[0]))
		require.NoError(t, err)
		require.Equal(t, "null_blk", m.Name.String())
		require.Equal(t, "Live", m.State.String())
		require.Greater(t, m.Address, uint64(1)<<63)
	})
	m, err := ParseModule([]byte("virtio 20480 2 virtio_console,virtio_pci,[permanent], Loading 0x0000000000000000 (OE)\n"))
	require.NoError(t, err)
	var users []string
	for name := range m.Users() {
		users = append(users, name.String())
	}
	require.Equal(t, []string{"virtio_console", "virtio_pci"}, users)
	require.True(t, m.Permanent())
	require.Equal(t, "OE", m.Taint.String())
	require.EqualValues(t, 20480, m.Size)
	require.Equal(t, 2, m.Refs)
	require.Zero(t, m.Address)
	m, err = ParseModule([]byte("a 1 - - Live 0x10"))
	require.NoError(t, err)
	require.Equal(t, -1, m.Refs, "it cannot be unloaded")
	require.False(t, m.Permanent())
	for range m.Users() {
		t.Fatal("a user called -")
	}

	eachKernel(t, "kallsyms", func(t *testing.T, _ string, text []byte) {
		var last Symbol
		for _, line := range records(text, 0) {
			last, err = ParseSymbol([]byte(line))
			require.NoError(t, err)
			require.NotEmpty(t, last.Name)
		}
		require.NotEmpty(t, last.Module)
	})
	s, err := ParseSymbol([]byte("ffffffffc0580000 t vring_del_virtqueue\t[virtio_ring]\n"))
	require.NoError(t, err)
	require.Equal(t, Symbol{0xffffffffc0580000, 't', Text("vring_del_virtqueue"), Text("virtio_ring")}, s)

	eachKernel(t, "keys", func(t *testing.T, _ string, text []byte) {
		for _, line := range records(text, 0) {
			_, err := ParseKey([]byte(line))
			require.NoError(t, err)
		}
	})
	k, err := ParseKey([]byte("1f88a210 I--Q---     1   3d 1f3f0000  1000    -1 asymmetri Build time key: 6d: X509 49 []\n"))
	require.NoError(t, err)
	require.Equal(t, Key{0x1f88a210, Text("I--Q---"), 1, Text("3d"), 0x1f3f0000, 1000, -1, Text("asymmetri"), Text("Build time key: 6d: X509 49 []")}, k)
	u, err := ParseKeyUser([]byte("    0:     9 8/7 3/1000000 40/25000000\n"))
	require.NoError(t, err)
	require.Equal(t, KeyUser{0, 9, 8, 7, 3, 1000000, 40, 25000000}, u)
}

func TestWhatIsNoLineOfATableIsMalformed(t *testing.T) {
	for name, parse := range map[string]func(string) error{
		"filesystem": func(s string) error { _, err := ParseFilesystem([]byte(s)); return err },
		"module":     func(s string) error { _, err := ParseModule([]byte(s)); return err },
		"symbol":     func(s string) error { _, err := ParseSymbol([]byte(s)); return err },
		"key":        func(s string) error { _, err := ParseKey([]byte(s)); return err },
		"key user":   func(s string) error { _, err := ParseKeyUser([]byte(s)); return err },
		"interface":  func(s string) error { _, err := ParseNetDev([]byte(s)); return err },
		"tcp":        func(s string) error { _, err := ParseTCP([]byte(s)); return err },
		"udp":        func(s string) error { _, err := ParseUDP([]byte(s)); return err },
		"unix":       func(s string) error { _, err := ParseUnixSocket([]byte(s)); return err },
		"route":      func(s string) error { _, err := ParseRoute([]byte(s)); return err },
	} {
		for _, bad := range []string{
			"", "x", "what\tis it", "a 1 0 - Live x10", "0 T", "g T x", "0 T x\tmod", "1 I x perm 1 0 0 user x", "1: 1 2 3/4 5/6", "eth0: 1 2 3", "eth0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
			"0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0", "0: 0100007:1F90 00000000:0000 0A 0:0 0:0 0 0 0 1 1 0", "0: 0100007F:11F90 00000000:0000 0A 0:0 0:0 0 0 0 1 1 0",
			"d0\t00000000\t0102010A\t0003\t0\t0\t0\t00FF00FF\t0\t0\t0", "d0\t00000000\t0102010A\t0003\t0\t0\t0\t00000000",
		} {
			err := parse(bad)
			require.ErrorIs(t, err, ErrMalformed, "%s %q", name, bad)
			require.ErrorAs(t, err, new(*kernlink.Error))
		}
	}
}
