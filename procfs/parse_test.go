// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

// The files in testdata were printed by Linux 6.18; odd.* are of a thread that
// had named itself `a) S 1\n(b\`.
func capture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return b
}

func TestEveryFieldOfStatIsInItsPlace(t *testing.T) {
	var text strings.Builder
	text.WriteString("1 (two) S")
	for n := 4; n <= 52; n++ {
		text.WriteString(" ")
		text.WriteString(strings.Repeat("0", n%2)) // leading zeros are digits
		text.WriteString(string(rune('0'+n/10)) + string(rune('0'+n%10)))
	}
	var st Stat
	require.NoError(t, ParseStat([]byte(text.String()+"\n"), &st))
	require.Equal(t, Stat{
		PID: 1, Comm: Text("two"), State: Sleeping, PPID: 4, PGRP: 5, Session: 6, TTY: 7, TPGID: 8, Flags: 9,
		MinFlt: 10, CMinFlt: 11, MajFlt: 12, CMajFlt: 13, UTime: 14, STime: 15, CUTime: 16, CSTime: 17,
		Priority: 18, Nice: 19, Threads: 20, ItReal: 21, StartTime: 22, VSize: 23, RSS: 24, RSSLimit: 25,
		StartCode: 26, EndCode: 27, StartStack: 28, ESP: 29, EIP: 30, Signal: 31, Blocked: 32, SigIgnore: 33,
		SigCatch: 34, WChan: 35, NSwap: 36, CNSwap: 37, ExitSignal: 38, Processor: 39, RTPriority: 40, Policy: 41,
		BlkIOTicks: 42, GuestTime: 43, CGuestTime: 44, StartData: 45, EndData: 46, StartBrk: 47, ArgStart: 48,
		ArgEnd: 49, EnvStart: 50, EnvEnd: 51, ExitCode: 52, Fields: 52,
	}, st)
}

func TestStatOfRealProcesses(t *testing.T) {
	var st Stat
	require.NoError(t, ParseStat(capture(t, "zombie.stat"), &st))
	require.Equal(t, Zombie, st.State)
	require.Equal(t, "sleep", st.Comm.String())
	require.EqualValues(t, -1, st.TPGID)
	require.EqualValues(t, uint64(math.MaxUint64), st.RSSLimit)
	require.EqualValues(t, 9, st.ExitCode)
	require.EqualValues(t, 1156153, st.StartTime)

	require.NoError(t, ParseStat(capture(t, "odd.stat"), &st))
	require.Equal(t, "a) S 1\n(b\\", st.Comm.String())
	require.Equal(t, 1757, st.PID)
	require.Equal(t, 1715, st.PPID)
	require.Equal(t, 52, st.Fields)
}

func TestAnOlderKernelsStatHasFewerFields(t *testing.T) {
	all := strings.Fields(string(capture(t, "sleep.stat")))
	var st Stat
	require.NoError(t, ParseStat([]byte(strings.Join(all[:41], " ")), &st))
	require.Equal(t, 41, st.Fields)
	require.Zero(t, st.ArgStart)
	require.ErrorIs(t, ParseStat([]byte(strings.Join(all[:21], " ")), &st), ErrMalformed)
	require.NoError(t, ParseStat([]byte(strings.Join(all, " ")+" 77 what"), &st), "a newer one has more")
}

func TestWhatIsNoStatIsMalformed(t *testing.T) {
	good := string(capture(t, "sleep.stat"))
	for name, text := range map[string]string{
		"nothing":              "",
		"no name":              "1 2 3",
		"brackets turned":      "1 )sleep( S",
		"no number":            strings.Replace(good, good[:strings.IndexByte(good, ' ')], "x", 1),
		"two numbers":          "1 " + good,
		"state of two letters": strings.Replace(good, ") S", ") SS", 1),
		"a word":               strings.Replace(good, "18446744073709551615", "unlimited", 1),
		"over 64 bits":         strings.Replace(good, "18446744073709551615", "18446744073709551616", 1),
		"below zero":           strings.Replace(good, "18446744073709551615", "-1", 1),
	} {
		t.Run(name, func(t *testing.T) {
			err := ParseStat([]byte(text), new(Stat))
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorAs(t, err, new(*kernlink.Error))
		})
	}
}

func TestStatusOfAUserProcess(t *testing.T) {
	var s Status
	require.NoError(t, ParseStatus(capture(t, "sleep.status"), &s))
	require.Equal(t, "sleep", s.Name.String())
	require.Equal(t, Sleeping, s.State)
	require.EqualValues(t, 0o22, s.Umask)
	require.NotZero(t, s.VmRSS)
	require.Zero(t, s.VmRSS%4096)
	require.Equal(t, s.RssAnon+s.RssFile+s.RssShmem, s.VmRSS)
	require.Equal(t, []int{s.PID}, s.NSPID)
	require.EqualValues(t, 96365, s.SigQueueMax)
	require.Equal(t, uint64(0x1fffeffffff), s.CapEff)
	require.Equal(t, "0-1", s.CPUsAllowed.String())
	require.Equal(t, "vulnerable", s.SpecStoreBypass.String())
	require.True(t, s.Has(StatusVmSwap))
	require.Zero(t, s.VmSwap)
	require.False(t, s.Has(StatusVmPMD), "this kernel prints no VmPMD")
	require.False(t, s.Has(statusFields))
}

func TestWhatHasNoMemoryHasNoVmFields(t *testing.T) {
	var s Status
	require.NoError(t, ParseStatus(capture(t, "sleep.status"), &s))
	for _, name := range []string{"kthread.status", "zombie.status"} {
		require.NoError(t, ParseStatus(capture(t, name), &s))
		require.False(t, s.Has(StatusVmRSS), name)
		require.Zero(t, s.VmRSS, "nothing is left from the process before")
		require.True(t, s.Has(StatusThreads))
		require.Equal(t, name == "kthread.status", s.KThread)
	}
	require.EqualValues(t, 0x100, s.ShdPnd, "the signal that ended the zombie")
}

func TestTheNameInStatusIsUnescaped(t *testing.T) {
	var s Status
	require.NoError(t, ParseStatus(capture(t, "odd.status"), &s))
	require.Equal(t, "a) S 1\n(b\\", s.Name.String())
	for escaped, want := range map[string]string{`\\n`: `\n`, `\t`: `\t`, `a\`: `a\`, `\\\n`: "\\\n", ``: ``, ` x `: ` x `} {
		require.NoError(t, ParseStatus([]byte("Name:\t"+escaped+"\nPid:\t1\n"), &s))
		require.Equal(t, want, s.Name.String())
	}
}

func TestStatusKeepsListsOfTheirOwnLength(t *testing.T) {
	var s Status
	text := "Name:\tx\nPid:\t7\nGroups:\t4 24 4294967294 \nNSpid:\t7\t3\t1\nNewField:\tx y z\n"
	require.NoError(t, ParseStatus([]byte(text), &s))
	require.Equal(t, []uint32{4, 24, 4294967294}, s.Groups)
	require.Equal(t, []int{7, 3, 1}, s.NSPID)
	require.NoError(t, ParseStatus([]byte("Name:\tx\nPid:\t7\nGroups:\t \n"), &s))
	require.Empty(t, s.Groups)
	require.True(t, s.Has(StatusGroups))
	require.False(t, s.Has(StatusNSPID))
}

func TestWhatIsNoStatusIsMalformed(t *testing.T) {
	for _, text := range []string{
		"", "Name:\tx\n", "Pid:\t1\n", "Name\n", "Name:\tx\nPid:\tx\n",
		"Name:\tx\nPid:\t1\nVmRSS:\t1 MB\n", "Name:\tx\nPid:\t1\nVmRSS:\t18014398509481984 kB\n",
		"Name:\tx\nPid:\t1\nUid:\t1 2 3\n", "Name:\tx\nPid:\t1\nSigBlk:\t10000000000000000\n",
		"Name:\tx\nPid:\t1\nState:\t\n", "Name:\tx\nPid:\t1\nSigQ:\t1\n", "Name:\tx\nPid:\t1\nUmask:\t0080\n",
		"Name:\tx\nPid:\t1\nGroups:\t1 -2\n",
	} {
		require.ErrorIs(t, ParseStatus([]byte(text), new(Status)), ErrMalformed, "%q", text)
	}
}

func TestStatmIsSevenNumbers(t *testing.T) {
	var m Statm
	require.NoError(t, ParseStatm(capture(t, "sleep.statm"), &m))
	require.NotZero(t, m.Size)
	require.GreaterOrEqual(t, m.Resident, m.Shared)
	require.NoError(t, ParseStatm(capture(t, "zombie.statm"), &m))
	require.Zero(t, m)
	for _, text := range []string{"", "1 2 3 4 5 6", "1 2 3 4 5 6 7x", "1 2 3 4 5 6 -7"} {
		require.ErrorIs(t, ParseStatm([]byte(text), &m), ErrMalformed)
	}
}

func TestIOIsSevenNamedNumbers(t *testing.T) {
	var io IO
	text := "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 6\ncancelled_write_bytes: 7\n"
	require.NoError(t, ParseIO([]byte(text), &io))
	require.Equal(t, IO{1, 2, 3, 4, 5, 6, 7}, io)
	require.NoError(t, ParseIO(append([]byte("new_one: x\n"), text...), &io))
	require.NoError(t, ParseIO(capture(t, "sleep.io"), &io))
	require.NotZero(t, io.ReadCalls)
	for _, bad := range []string{"", text[:20], strings.Replace(text, "6", "-6", 1), strings.Replace(text, ": 6", "", 1)} {
		require.ErrorIs(t, ParseIO([]byte(bad), &io), ErrMalformed)
	}
}

func TestLimitsHaveTheirResource(t *testing.T) {
	var l Limits
	text := capture(t, "sleep.limits")
	require.NoError(t, ParseLimits(text, &l))
	require.Equal(t, Limit{8388608, Unlimited}, l[StackSize])
	require.Equal(t, Limit{20000, 20000}, l[OpenFiles])
	require.Equal(t, Limit{Unlimited, Unlimited}, l[RTTime])
	require.Equal(t, "Max open files", OpenFiles.String())
	require.Equal(t, "resource", Resource(-1).String())
	require.ErrorIs(t, ParseLimits(bytes.Replace(text, []byte("20000"), []byte("2000x"), 1), &l), ErrMalformed)
	require.ErrorIs(t, ParseLimits(text[:200], &l), ErrMalformed)
	require.ErrorIs(t, ParseLimits(nil, &l), ErrMalformed)
}

func TestMapsOfARealProcess(t *testing.T) {
	var all []Map
	for line := range bytes.Lines(capture(t, "sleep.maps")) {
		m, err := ParseMap(line)
		require.NoError(t, err)
		require.Less(t, m.Start, m.End)
		all = append(all, m)
	}
	require.Equal(t, Map{
		Start: 0x55f29e1c1000, End: 0x55f29e1c6000, Read: true, Exec: true, Offset: 0x2000,
		Major: 0xfe, Inode: 247766, Path: Text("/usr/bin/sleep"),
	}, all[1])
	last := all[len(all)-1]
	require.Equal(t, "[vsyscall]", last.Path.String())
	require.False(t, last.Read)
	require.True(t, last.Exec)
	m, err := ParseMap([]byte("1000-2000 rw-s 00000000 00:01 5                          /a b (deleted)"))
	require.NoError(t, err)
	require.Equal(t, "/a b (deleted)", m.Path.String())
	require.True(t, m.Shared)
	for _, bad := range []string{"", "1000 rw-s 0 0:0 0", "1-2 rw- 0 0:0 0", "1-2 rw-s 0 00 0", "1-2 rw-s 0 0:0 x", "1-2 rw-s 0 0:0", "1-11111111111111112 rw-s 0 0:0 0"} {
		_, err := ParseMap([]byte(bad))
		require.ErrorIs(t, err, ErrMalformed, bad)
	}
}

func TestCmdlineEndsEachArgumentWithAZero(t *testing.T) {
	require.Equal(t, []string{"/usr/bin/sleep", "100"}, ParseCmdline(capture(t, "sleep.cmdline")))
	require.Nil(t, ParseCmdline(nil))
	require.Equal(t, []string{""}, ParseCmdline([]byte{0}))
	require.Equal(t, []string{"a", "", "b"}, ParseCmdline([]byte("a\x00\x00b\x00")))
	require.Equal(t, []string{"nginx: worker"}, ParseCmdline([]byte("nginx: worker")))
}

func TestArgumentsAreTheSameInTheCallersMemory(t *testing.T) {
	var dst []Text
	for _, text := range []string{"a\x00b\x00", "", "longer than before\x00", "a\x00\x00b\x00c", "\x00", "a\x00", "\x00\x00", "x"} {
		dst = arguments(dst, []byte(text))
		want := ParseCmdline([]byte(text))
		require.Len(t, dst, len(want))
		for i := range want {
			require.Equal(t, want[i], dst[i].String(), "%q", text)
		}
	}
}

func TestPathsOfMountsAreUnmangled(t *testing.T) {
	for mangled, want := range map[string]string{
		`/proc`: "/proc", `/a\040b\011c\012\134`: "/a b\tc\n\\", `\134040`: `\040`, `\043x`: "#x",
		`\04`: `\04`, `\`: `\`, `\048`: `\048`, `\777`: `\777`, ``: ``, `\303\251`: "é",
	} {
		require.Equal(t, want, string(unmangle([]byte(mangled))))
	}
}

func TestStatesHaveWords(t *testing.T) {
	for s, word := range map[State]string{
		Running: "running", Sleeping: "sleeping", DiskSleep: "disk sleep", Stopped: "stopped", Tracing: "tracing stop",
		Dead: "dead", Zombie: "zombie", Parked: "parked", Idle: "idle", 'K': "K",
	} {
		require.Equal(t, word, s.String())
	}
}

func TestParsersDoNotAllocate(t *testing.T) {
	stat, status, statm := capture(t, "odd.stat"), capture(t, "odd.status"), capture(t, "sleep.statm")
	io, limits, maps := capture(t, "sleep.io"), capture(t, "sleep.limits"), capture(t, "sleep.maps")
	var (
		st Stat
		s  Status
		m  Statm
		i  IO
		l  Limits
	)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if ParseStat(stat, &st) != nil || ParseStatus(status, &s) != nil || ParseStatm(statm, &m) != nil ||
			ParseIO(io, &i) != nil || ParseLimits(limits, &l) != nil {
			panic("malformed")
		}
		if _, err := ParseMap(maps[:bytes.IndexByte(maps, '\n')]); err != nil {
			panic(err)
		}
	}))
}

func BenchmarkParseStat(b *testing.B) {
	text := capture(b, "sleep.stat")
	var st Stat
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseStat(text, &st); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseStatus(b *testing.B) {
	text := capture(b, "sleep.status")
	var s Status
	b.ReportAllocs()
	for b.Loop() {
		if err := ParseStatus(text, &s); err != nil {
			b.Fatal(err)
		}
	}
}

func TestSignedNumbersStandAnywhere(t *testing.T) {
	got, ok := appendInts(nil, []byte("-1 2\t-3  -4 0\t 5 0000000000000000000000007"))
	require.True(t, ok)
	require.Equal(t, []int{-1, 2, -3, -4, 0, 5, 7}, got)
	for _, bad := range []string{"-", "1-", "--1", "-x", "9223372036854775808", "-9223372036854775809", "1 x", "+1", "99999999999999999999"} {
		_, ok := appendInts(nil, []byte(bad))
		require.False(t, ok, bad)
	}
}

// Each field in turn has a number at the edge of some width: what its type has
// room for is read, and nothing else.
func TestAFieldOfAStatHasTheRangeOfItsType(t *testing.T) {
	fields := reflect.TypeFor[Stat]()
	for k := range statLast - statState {
		field := fields.Field(statState + k)
		for _, number := range []string{
			"0", "7", "-1", "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296",
			"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
			"18446744073709551615", "18446744073709551616", "99999999999999999999999999", "", "-", "--1", "+1", "1x", "x", "0x1",
		} {
			words := slices.Repeat([]string{"0"}, statLast-statState)
			words[k] = number
			text := "1 (a) S " + strings.Join(words, " ") + "\n"
			var st Stat
			err := ParseStat([]byte(text), &st)
			v := reflect.New(field.Type).Elem()
			var bad error
			if v.CanInt() {
				var n int64
				n, bad = strconv.ParseInt(strings.TrimPrefix(number, "+"), 10, v.Type().Bits())
				v.SetInt(n)
			} else {
				var n uint64
				n, bad = strconv.ParseUint(number, 10, v.Type().Bits())
				v.SetUint(n)
			}
			if bad != nil || strings.HasPrefix(number, "+") {
				require.ErrorIs(t, err, ErrMalformed, "%s %q", field.Name, number)
				continue
			}
			require.NoError(t, err, "%s %q", field.Name, number)
			require.Equal(t, v.Interface(), reflect.ValueOf(st).Field(statState+k).Interface(), "%s %q", field.Name, number)
			require.Equal(t, statLast, st.Fields)
		}
	}
}
