// SPDX-License-Identifier: Apache-2.0

//go:build linux

package procfs_test

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/procfs"
)

// The kernel tells the same by sysinfo(2).
func TestMemoryLoadAndTimeAreThoseOfSysinfo(t *testing.T) {
	f := open(t)
	var info unix.Sysinfo_t
	require.NoError(t, unix.Sysinfo(&info))
	unit := uint64(info.Unit)
	m, err := f.Meminfo()
	require.NoError(t, err)
	require.Equal(t, uint64(info.Totalram)*unit, m.MemTotal)
	require.Equal(t, uint64(info.Totalswap)*unit, m.SwapTotal)
	require.InDelta(t, float64(info.Freeram)*float64(unit), float64(m.MemFree), float64(m.MemTotal)/4)
	l, err := f.LoadAvg()
	require.NoError(t, err)
	for i, avg := range []float64{l.One, l.Five, l.Fifteen} {
		require.InDelta(t, float64(info.Loads[i])/(1<<16), avg, 1)
	}
	require.NotZero(t, l.Runnable, "somebody asks")
	u, err := f.Uptime()
	require.NoError(t, err)
	require.InDelta(t, float64(info.Uptime), u.Up.Seconds(), 3)
	s, err := f.Stat()
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(-u.Up), s.BootTime, 3*time.Second)
	require.Len(t, s.CPUs, onlineCPUs(t))
	require.NotZero(t, s.Total.Busy())
}

func onlineCPUs(t *testing.T) int {
	n, err := strconv.Atoi(strings.TrimSpace(output(t, "getconf", "_NPROCESSORS_ONLN")))
	if err != nil {
		return runtime.NumCPU()
	}
	return n
}

// output is what a program prints, or nothing where there is no such program.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	out, err := exec.Command(path, args...).Output()
	require.NoError(t, err, "%s %v", name, args)
	return string(out)
}

func TestMeminfoIsThatOfFree(t *testing.T) {
	text := output(t, "free", "-b")
	if text == "" {
		t.Skip("free(1) is not there")
	}
	m, err := open(t).Meminfo()
	require.NoError(t, err)
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch f[0] {
		case "Mem:":
			require.Equal(t, strconv.FormatUint(m.MemTotal, 10), f[1])
		case "Swap:":
			require.Equal(t, strconv.FormatUint(m.SwapTotal, 10), f[1])
		}
	}
}

func TestCountersAreThoseOfVmstat(t *testing.T) {
	f := open(t)
	before, err := f.Vmstat()
	require.NoError(t, err)
	text := output(t, "vmstat", "-s")
	if text == "" {
		t.Skip("vmstat(8) is not there")
	}
	var after procfs.Counters
	require.NoError(t, f.ReadVmstatInto(&after))
	found := 0
	for line := range strings.Lines(text) {
		number, what, _ := strings.Cut(strings.TrimSpace(line), " ")
		name := map[string]string{"K paged in": "pgpgin", "K paged out": "pgpgout", "pages swapped in": "pswpin", "pages swapped out": "pswpout",
			"pages paged in": "pgpgin", "pages paged out": "pgpgout"}[strings.TrimSpace(what)]
		if name == "" {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 64)
		require.NoError(t, err)
		low, ok := before.Value(name)
		require.True(t, ok)
		high, _ := after.Value(name)
		require.LessOrEqual(t, low, n, name)
		require.LessOrEqual(t, n, high, name)
		found++
	}
	require.Equal(t, 4, found, text)
}

// Who reads nothing but the names of today misses nothing.
func TestKeptFilesTellWhatIsNew(t *testing.T) {
	f := open(t)
	var before, after procfs.Counters
	require.NoError(t, f.ReadVmstatInto(&before))
	const pages = 4096
	b, err := unix.Mmap(-1, 0, pages*os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	require.NoError(t, err)
	defer unix.Munmap(b)
	require.NoError(t, unix.Madvise(b, unix.MADV_NOHUGEPAGE))
	for i := 0; i < len(b); i += os.Getpagesize() {
		b[i] = 1
	}
	require.NoError(t, f.ReadVmstatInto(&after))
	first, ok := before.Value("pgfault")
	require.True(t, ok)
	second, _ := after.Value("pgfault")
	require.GreaterOrEqual(t, second-first, uint64(pages))
}

func TestMountsAreThoseOfFindmnt(t *testing.T) {
	f := open(t)
	m := map[string]string{}
	for mount, err := range f.Mounts() {
		require.NoError(t, err)
		m[mount.Target.String()] = mount.Type.String()
	}
	require.Equal(t, "proc", m["/proc"])
	text := output(t, "findmnt", "-rn", "-o", "TARGET,FSTYPE")
	if text == "" {
		t.Skip("findmnt(8) is not there")
	}
	for line := range strings.Lines(text) {
		target, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.Contains(target, `\`) { // it has escapes of its own
			require.Equal(t, kind, m[target], target)
		}
	}
}

func TestTheSystemsTextsAreThoseOfUname(t *testing.T) {
	f := open(t)
	var u unix.Utsname
	require.NoError(t, unix.Uname(&u))
	version, err := f.Version()
	require.NoError(t, err)
	require.Contains(t, version, "Linux version "+unix.ByteSliceToString(u.Release[:]))
	raw, err := os.ReadFile("/proc/cmdline")
	require.NoError(t, err)
	line, err := f.Cmdline()
	require.NoError(t, err)
	require.Equal(t, string(raw), line+"\n")
	c, err := f.Config()
	if errors.Is(err, kernlink.ErrNotSupported) {
		require.ErrorContains(t, err, "/boot/config")
		return
	}
	require.NoError(t, err)
	value, ok := c.Value("CONFIG_PROC_FS")
	require.True(t, ok)
	require.Equal(t, "y", value)
}

// inode of a socket is what fstat(2) says of its descriptor.
func inode(t *testing.T, s syscall.Conn) uint64 {
	t.Helper()
	raw, err := s.SyscallConn()
	require.NoError(t, err)
	var st unix.Stat_t
	require.NoError(t, raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }))
	require.NoError(t, err)
	return st.Ino
}

func TestSocketsAreFoundByTheirInodes(t *testing.T) {
	f := open(t)
	tcp, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Skip("there is no loopback: ", err)
	}
	defer tcp.Close()
	client, err := net.Dial("tcp4", tcp.Addr().String())
	require.NoError(t, err)
	defer client.Close()
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer udp.Close()
	name := filepath.Join(t.TempDir(), "a socket ")
	local, err := net.Listen("unix", name)
	require.NoError(t, err)
	defer local.Close()

	self, err := f.Self()
	require.NoError(t, err)
	defer self.Close()
	for _, n := range []procfs.Net{f.Net(), self.Net()} {
		found := map[uint64]procfs.Socket{}
		for s, err := range n.TCP() {
			require.NoError(t, err)
			found[s.Inode] = s
		}
		server := found[inode(t, tcp.(*net.TCPListener))]
		require.Equal(t, procfs.TCPListen, server.State)
		require.Equal(t, netip.MustParseAddrPort(tcp.Addr().String()), server.Local)
		require.EqualValues(t, os.Getuid(), server.UID)
		c := found[inode(t, client.(*net.TCPConn))]
		require.Equal(t, procfs.TCPEstablished, c.State)
		require.Equal(t, netip.MustParseAddrPort(client.LocalAddr().String()), c.Local)
		require.Equal(t, netip.MustParseAddrPort(tcp.Addr().String()), c.Remote)
		require.NotZero(t, c.Cwnd)
		clear(found)
		for s, err := range n.UDP() {
			require.NoError(t, err)
			found[s.Inode] = s
		}
		require.Equal(t, netip.MustParseAddrPort(udp.LocalAddr().String()), found[inode(t, udp.(*net.UDPConn))].Local)
		paths := map[uint64]string{}
		for s, err := range n.Unix() {
			require.NoError(t, err)
			if s.Listening() {
				paths[s.Inode] = s.Path.String()
			}
		}
		require.Equal(t, name, paths[inode(t, local.(*net.UnixListener))])
		counters, err := n.Sockstat()
		require.NoError(t, err)
		inuse, ok := counters.Value("TCP inuse")
		require.True(t, ok)
		require.GreaterOrEqual(t, inuse, uint64(2))
		snmp, err := n.SNMP()
		require.NoError(t, err)
		opens, ok := snmp.Value("TcpActiveOpens")
		require.True(t, ok)
		require.NotZero(t, opens)
		netstat, err := n.Netstat()
		require.NoError(t, err)
		_, ok = netstat.Value("TcpExtTW")
		require.True(t, ok)
	}
}

func TestInterfacesAreThoseOfTheKernelsOtherCounters(t *testing.T) {
	f := open(t)
	for d, err := range f.Net().Devs() {
		require.NoError(t, err)
		statistics := "/sys/class/net/" + d.Name.String() + "/statistics/"
		for name, value := range map[string]uint64{"rx_errors": d.RxErrors, "tx_errors": d.TxErrors, "collisions": d.Collisions, "multicast": d.RxMulticast} {
			b, err := os.ReadFile(statistics + name)
			if errors.Is(err, fs.ErrNotExist) {
				continue // of another namespace than /sys
			}
			require.NoError(t, err)
			require.Equal(t, strings.TrimSpace(string(b)), strconv.FormatUint(value, 10), d.Name)
		}
	}
}

func TestDisksHaveTheNumbersOfTheirFolders(t *testing.T) {
	f := open(t)
	for p, err := range f.Partitions() {
		require.NoError(t, err)
		dev := "/sys/dev/block/" + strconv.Itoa(int(p.Major)) + ":" + strconv.Itoa(int(p.Minor))
		b, err := os.ReadFile(dev + "/size")
		require.NoError(t, err)
		sectors, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
		require.NoError(t, err)
		require.Equal(t, sectors*512/1024*1024, p.Size)
		name, err := os.Readlink(dev)
		require.NoError(t, err)
		require.Equal(t, filepath.Base(name), p.Name.String())
	}
	for d, err := range f.Disks() {
		require.NoError(t, err)
		require.GreaterOrEqual(t, d.Fields, 14)
	}
}

func TestAMissingFileSaysWhatItNeeds(t *testing.T) {
	f, err := procfs.OpenAt(t.TempDir(), nil)
	require.NoError(t, err)
	defer f.Close()
	first := func(items func(func(procfs.Slab, error) bool)) (err error) {
		for _, err = range items {
		}
		return err
	}
	var p procfs.Pressure
	_, easy := f.Pressure(procfs.PressureCPU)
	_, trigger := f.Trigger(procfs.PressureIO, procfs.Threshold{Stall: 1e6, Window: 1e9})
	_, config := f.Config()
	_, snmp6 := f.Net().SNMP6()
	for want, err := range map[string]error{
		"psi=1 on": easy, "CONFIG_PSI,": f.ReadPressureInto(procfs.PressureMemory, &p), "psi=1": trigger,
		"CONFIG_IRQ_TIME_ACCOUNTING": f.ReadPressureInto(procfs.PressureIRQ, &p),
		"CONFIG_SLUB_DEBUG":          first(f.Slabs()), "CONFIG_IKCONFIG_PROC": config, "CONFIG_IPV6": snmp6,
		"no procfs": f.ReadMeminfoInto(new(procfs.Meminfo)),
	} {
		require.ErrorIs(t, err, kernlink.ErrNotSupported, want)
		require.ErrorIs(t, err, fs.ErrNotExist)
		require.ErrorContains(t, err, want)
	}
	_, err = f.Pressure(99)
	require.ErrorIs(t, err, fs.ErrInvalid)
	require.ErrorIs(t, f.ReadPressureInto(-1, &p), fs.ErrInvalid)
	_, err = f.Trigger(99, procfs.Threshold{})
	require.ErrorIs(t, err, fs.ErrInvalid)
}

func TestAMalformedFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "meminfo"), []byte("what"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "partitions"), []byte("major\n\nbad line\n 8 1 2 sda1\n"), 0o600))
	f, err := procfs.OpenAt(dir, nil)
	require.NoError(t, err)
	defer f.Close()
	_, easy := f.Meminfo()
	for _, err := range []error{easy, f.ReadMeminfoInto(new(procfs.Meminfo))} {
		require.ErrorIs(t, err, procfs.ErrMalformed)
		require.ErrorContains(t, err, filepath.Join(dir, "meminfo"))
	}
	var errs, good int
	for p, err := range f.Partitions() {
		if err != nil {
			require.ErrorContains(t, err, filepath.Join(dir, "partitions"))
			errs++
			continue
		}
		require.EqualValues(t, 2048, p.Size)
		good++
	}
	require.Equal(t, [2]int{1, 1}, [2]int{errs, good}, "the loop goes on behind a line that is none")
}

func TestTheFSIsSharedAndClosedByOthers(t *testing.T) {
	f, err := procfs.Open(nil)
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			var m procfs.Meminfo
			var c procfs.Counters
			for {
				if err := errors.Join(f.ReadMeminfoInto(&m), f.ReadVmstatInto(&c)); err != nil {
					require.ErrorIs(t, err, fs.ErrClosed)
					return
				}
				require.NotZero(t, m.MemTotal)
				require.NotZero(t, c.Len())
			}
		})
	}
	var m procfs.Meminfo
	for range 100 {
		require.NoError(t, f.ReadMeminfoInto(&m))
	}
	require.NoError(t, f.Close())
	all.Wait()
	require.ErrorIs(t, f.ReadMeminfoInto(&m), fs.ErrClosed)
	_, err = f.Meminfo()
	require.ErrorIs(t, err, fs.ErrClosed)
	for _, err := range f.Interrupts() {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
}

// A text of more pages than one comes whole, and the end is seen.
func TestATextOfManyPagesIsReadToItsEnd(t *testing.T) {
	dir := t.TempDir()
	var text strings.Builder
	for i := range 3000 {
		text.WriteString("nr_" + strconv.Itoa(i) + " " + strconv.Itoa(i*i) + "\n")
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "vmstat"), []byte(text.String()), 0o600))
	f, err := procfs.OpenAt(dir, nil)
	require.NoError(t, err)
	defer f.Close()
	c, err := f.Vmstat()
	require.NoError(t, err)
	require.NoError(t, f.ReadVmstatInto(&c))
	require.Equal(t, 3000, c.Len())
	n, ok := c.Value("nr_2999")
	require.True(t, ok)
	require.EqualValues(t, 2999*2999, n)
}
