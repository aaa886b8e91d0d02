// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"maps"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

// The folders of testdata that are named for a version have what that kernel
// printed: Debian's in a virtual machine, and 6.18 of another one.
var captured = []string{"6.1", "6.12", "6.18", "7.3"}

// eachKernel runs a test on a file of every kernel that it was captured from.
func eachKernel(t *testing.T, name string, test func(t *testing.T, version string, text []byte)) {
	t.Helper()
	n := 0
	for _, version := range captured {
		b, err := os.ReadFile("testdata/" + version + "/" + name)
		if os.IsNotExist(err) {
			continue
		}
		require.NoError(t, err)
		n++
		t.Run(version, func(t *testing.T) { test(t, version, b) })
	}
	require.GreaterOrEqual(t, n, 3)
}

func TestMeminfoOfEveryKernel(t *testing.T) {
	var used Meminfo
	eachKernel(t, "meminfo", func(t *testing.T, version string, text []byte) {
		var m Meminfo
		require.NoError(t, ParseMeminfo(text, &m))
		require.NoError(t, ParseMeminfo(text, &used))
		require.Equal(t, m, used, "nothing is left from the kernel before")
		known := 0
		for f := range meminfoFields {
			if m.Has(f) {
				known++
			}
		}
		require.Equal(t, bytes.Count(text, []byte("\n")), known, "every line is known")
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			field := meminfoField([]byte(strings.TrimSuffix(f[0], ":")))
			unit := uint64(1)
			if len(f) == 3 {
				unit = 1024
			}
			n, ok := signed([]byte(f[1]))
			require.True(t, ok)
			require.Equal(t, uint64(n)*unit, *m.fields()[field], line)
		}
		require.GreaterOrEqual(t, m.MemTotal, m.MemFree)
		require.Equal(t, m.Active, m.ActiveAnon+m.ActiveFile)
		require.Equal(t, version == "7.3" || version == "6.18", m.Has(MeminfoZswap))
		require.False(t, m.Has(MeminfoHighTotal))
		require.False(t, m.Has(meminfoFields))
	})
}

func TestWhatANewerMeminfoHasIsPassedOver(t *testing.T) {
	var m Meminfo
	require.NoError(t, ParseMeminfo([]byte("MemTotal:       24684092 kB\nNewOne:   3 pages of it\nHugePages_Total:       7\nActive(anon):       2 kB"), &m))
	require.Equal(t, uint64(24684092<<10), m.MemTotal)
	require.Equal(t, uint64(7), m.HugePagesTotal, "pages, not KiB")
	require.Equal(t, uint64(2<<10), m.ActiveAnon)
	require.False(t, m.Has(MeminfoMemFree))
	require.True(t, m.Has(MeminfoHugePagesTotal))
	require.Equal(t, "Active(anon)", MeminfoActiveAnon.String())
	require.Equal(t, "field", meminfoFields.String())
	for _, text := range []string{
		"", "MemFree: 1 kB\n", "MemTotal\n", "MemTotal: x kB\n", "MemTotal: 1 MB\n", "MemTotal: -1 kB\n", "MemTotal: 1 kB\nMemFree: \n",
		"MemTotal: 18014398509481984 kB\n", "MemTotal: 18446744073709551616\n",
	} {
		require.ErrorIs(t, ParseMeminfo([]byte(text), &m), ErrMalformed, "%q", text)
	}
}

func TestSystemStatOfEveryKernel(t *testing.T) {
	eachKernel(t, "stat", func(t *testing.T, _ string, text []byte) {
		var s SystemStat
		require.NoError(t, ParseSystemStat(text, &s))
		require.Len(t, s.CPUs, 2)
		require.Equal(t, 1, s.CPUs[1].CPU)
		require.Equal(t, 10, s.CPUs[1].Fields)
		require.Equal(t, -1, s.Total.CPU)
		require.InDelta(t, s.Total.User, s.CPUs[0].User+s.CPUs[1].User, 2)
		require.InDelta(t, s.Total.All(), s.CPUs[0].All()+s.CPUs[1].All(), 20)
		require.NotZero(t, s.ContextSwitches)
		require.NotZero(t, s.Interrupts)
		require.NotZero(t, s.Softirqs)
		require.NotZero(t, s.Forks)
		require.NotZero(t, s.Running)
		require.Equal(t, 2026, s.BootTime.Year())
	})
}

func TestSystemStatTakesFewerFieldsAndMore(t *testing.T) {
	s := SystemStat{CPUs: make([]CPUTimes, 7)}
	text := "cpu  1 2 3 4 5 6 7 8 9 10 11\ncpu4 1 2 3 4\nintr 9 1 2\nctxt 8\nbtime 7\nprocesses 6\nprocs_running 5\nprocs_blocked 4\nnew_one x\nsoftirq 3 0\n"
	require.NoError(t, ParseSystemStat([]byte(text), &s))
	require.Equal(t, SystemStat{
		Total: CPUTimes{CPU: -1, User: 1, Nice: 2, System: 3, Idle: 4, IOWait: 5, IRQ: 6, SoftIRQ: 7, Steal: 8, Guest: 9, GuestNice: 10, Fields: 10},
		CPUs:  []CPUTimes{{CPU: 4, User: 1, Nice: 2, System: 3, Idle: 4, Fields: 4}}, Interrupts: 9, ContextSwitches: 8,
		BootTime: time.Unix(7, 0), Forks: 6, Running: 5, Blocked: 4, Softirqs: 3,
	}, s)
	require.EqualValues(t, 1+2+3+6+7+8, s.Total.Busy(), "guests are in user and nice")
	for _, bad := range []string{"", "ctxt 1\n", "cpu 1 2 3\n", "cpu 1 2 3 x\n", "cpu 1 2 3 4\ncpux 1 2 3 4\n", "cpu 1 2 3 4\nctxt\n"} {
		require.ErrorIs(t, ParseSystemStat([]byte(bad), &s), ErrMalformed, "%q", bad)
	}
}

func TestLoadAvgAndUptime(t *testing.T) {
	var l LoadAvg
	require.NoError(t, ParseLoadAvg([]byte("1.78 0.87 100.05 9/133 5465\n"), &l))
	require.Equal(t, LoadAvg{1.78, 0.87, 100.05, 9, 133, 5465}, l)
	for _, bad := range []string{"", "1 2 3 4/5 6", "1.00 2.00 3.00 4 6", "1.00 2.00 3.00 4/5", "1.0 2.00 3.00 4/5 6", "1.00 2.00 -3.00 4/5 6"} {
		require.ErrorIs(t, ParseLoadAvg([]byte(bad), &l), ErrMalformed, "%q", bad)
	}
	var u Uptime
	require.NoError(t, ParseUptime([]byte("838.58 1102.39\n"), &u))
	require.Equal(t, Uptime{838580 * time.Millisecond, 1102390 * time.Millisecond}, u)
	for _, bad := range []string{"", "1.00", "1.00 2", "99999999999.00 1.00"} {
		require.ErrorIs(t, ParseUptime([]byte(bad), &u), ErrMalformed, "%q", bad)
	}
	eachKernel(t, "loadavg", func(t *testing.T, _ string, text []byte) { require.NoError(t, ParseLoadAvg(text, &l)) })
	eachKernel(t, "uptime", func(t *testing.T, _ string, text []byte) { require.NoError(t, ParseUptime(text, &u)) })
}

func TestCountersOfEveryKernel(t *testing.T) {
	var used Counters // what is used for one file serves for another
	for name, parse := range map[string]func([]byte, *Counters) error{
		"vmstat": ParseVmstat, "net/snmp6": ParseSNMP6, "net/snmp": ParseSNMP, "net/netstat": ParseSNMP,
		"net/sockstat": ParseSockstat, "net/sockstat6": ParseSockstat,
	} {
		t.Run(name, func(t *testing.T) {
			eachKernel(t, name, func(t *testing.T, _ string, text []byte) {
				var c Counters
				require.NoError(t, parse(text, &c))
				require.Positive(t, c.Len())
				for range 2 {
					require.NoError(t, parse(text, &used))
					require.Equal(t, maps.Collect(c.All()), maps.Collect(used.All()))
				}
				require.Equal(t, countersByHand(name, string(text)), maps.Collect(c.All()))
			})
		})
	}
}

// countersByHand reads the same with package strings.
func countersByHand(name, text string) map[string]uint64 {
	all := map[string]uint64{}
	add := func(key, value string) {
		n, _ := signed([]byte(value))
		all[key] = uint64(n)
	}
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		f := strings.Fields(line)
		switch name {
		case "net/snmp", "net/netstat":
			if i%2 == 0 {
				values := strings.Fields(lines[i+1])
				for j, key := range f[1:] {
					add(strings.TrimSuffix(f[0], ":")+key, values[j+1])
				}
			}
		case "net/sockstat", "net/sockstat6":
			for j := 1; j+1 < len(f); j += 2 {
				add(strings.TrimSuffix(f[0], ":")+" "+f[j], f[j+1])
			}
		default:
			add(f[0], f[1])
		}
	}
	return all
}

func TestCountersTellMissingFromZero(t *testing.T) {
	var c Counters
	_, ok := c.Value("nr_dirty")
	require.False(t, ok, "of the zero value")
	require.NoError(t, ParseVmstat([]byte("nr_dirty 0\npgfault 18446744073709551615\n"), &c))
	n, ok := c.Value("nr_dirty")
	require.True(t, ok)
	require.Zero(t, n)
	_, ok = c.Value("nr_clean")
	require.False(t, ok)
	n, _ = c.Value("pgfault")
	require.Equal(t, uint64(math.MaxUint64), n)
	require.NoError(t, ParseVmstat([]byte("nr_dirty 5\nnr_new 6"), &c), "other names than the last time")
	_, ok = c.Value("pgfault")
	require.False(t, ok)
	n, _ = c.Value("nr_new")
	require.EqualValues(t, 6, n)
	require.NoError(t, ParseSNMP([]byte("Tcp: MaxConn CurrEstab\nTcp: -1 3\n"), &c))
	n, _ = c.Value("TcpMaxConn")
	require.EqualValues(t, -1, int64(n))
	n, _ = c.Value("TcpCurrEstab")
	require.EqualValues(t, 3, n)
	require.NoError(t, ParseSockstat([]byte("sockets: used 17\nTCP: inuse 1 mem 163\n"), &c))
	n, _ = c.Value("sockets used")
	require.EqualValues(t, 17, n)
	for name := range c.All() {
		require.Equal(t, "sockets used", name)
		break
	}
}

func TestWhatAreNoCountersIsMalformed(t *testing.T) {
	var c Counters
	for _, bad := range []string{"", "\n", "a\n", "a \n", "a x\n", "a 1 2\n", "a -1\n", "a 18446744073709551616\n", "a 1\n\n"} {
		require.ErrorIs(t, ParseVmstat([]byte(bad), &c), ErrMalformed, "%q", bad)
	}
	for _, bad := range []string{"", "Tcp: a\n", "Tcp: a\nUdp: 1\n", "Tcp: a b\nTcp: 1\n", "Tcp: a\nTcp: 1 2\n", "Tcp: a\nTcp: x\n", "a\nb\n", "Tcp: a\nTcp: 1-\n"} {
		require.ErrorIs(t, ParseSNMP([]byte(bad), &c), ErrMalformed, "%q", bad)
	}
	for _, bad := range []string{"", "x", "TCP:\n", "TCP: a\n", "TCP: a x\n"} {
		require.ErrorIs(t, ParseSockstat([]byte(bad), &c), ErrMalformed, "%q", bad)
	}
}

func TestPressureOfEveryKernel(t *testing.T) {
	for _, r := range []string{"cpu", "memory", "io"} {
		eachKernel(t, "pressure/"+r, func(t *testing.T, _ string, text []byte) {
			var p Pressure
			require.NoError(t, ParsePressure(text, &p))
			require.True(t, p.Has(PressureSome))
			require.True(t, p.Has(PressureFull))
			require.LessOrEqual(t, p.Full.Total, p.Some.Total)
		})
	}
	var p Pressure
	require.NoError(t, ParsePressure([]byte("full avg10=0.05 avg60=100.00 avg300=8.64 total=149204063 new=x\nmost avg10=1\n"), &p))
	require.False(t, p.Has(PressureSome), "as of interrupts")
	require.Equal(t, Stall{0.05, 100, 8.64, 149204063 * time.Microsecond}, p.Full)
	for _, bad := range []string{"", "some\n", "some avg10=0.00 avg60=0.00 avg300=0.00\n", "some avg10=0 avg60=0.00 avg300=0.00 total=0\n", "some x\n", "none avg10=0.00\n"} {
		require.ErrorIs(t, ParsePressure([]byte(bad), &p), ErrMalformed, "%q", bad)
	}
	require.Equal(t, "irq", PressureIRQ.String())
	require.Equal(t, "resource", PressureResource(9).String())
	require.Equal(t, "full", PressureFull.String())
	require.Equal(t, "line", PressureLine(9).String())
}

func TestAConfigIsReadPackedOrPlain(t *testing.T) {
	c, err := ParseConfig([]byte("CONFIG_PSI=y\n# CONFIG_PSI_DEFAULT_DISABLED is not set\nCONFIG_HZ=250\n"))
	require.NoError(t, err)
	require.Equal(t, 3, c.Len())
	for option, want := range map[string]string{"CONFIG_PSI": "y", "CONFIG_PSI_DEFAULT_DISABLED": "n", "CONFIG_HZ": "250"} {
		value, ok := c.Value(option)
		require.True(t, ok)
		require.Equal(t, want, value)
	}
	_, ok := c.Value("CONFIG_NEW")
	require.False(t, ok)
	for _, bad := range []string{"", "x", "\x1f\x8b\x08"} {
		_, err = ParseConfig([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed)
		require.ErrorAs(t, err, new(*kernlink.Error))
	}
}
