// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSmapsRollupOfARealProcess(t *testing.T) {
	var r SmapsRollup
	text := capture(t, "sleep.smaps_rollup")
	require.NoError(t, ParseSmapsRollup(text, &r))
	require.EqualValues(t, kB(t, text, "Rss"), r.Rss)
	require.NotZero(t, r.Rss)
	for f := range smapsFields {
		require.True(t, r.Has(f), f)
		require.EqualValues(t, kB(t, text, f.String()), *r.field(f), f)
	}
	require.False(t, r.Has(smapsFields))
	require.Equal(t, "field", smapsFields.String())
}

func kB(t *testing.T, text []byte, key string) int {
	t.Helper()
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); fields[0] == key+":" {
			n, err := strconv.Atoi(fields[1])
			require.NoError(t, err)
			return n << 10
		}
	}
	t.Fatal(key)
	return 0
}

func TestEverySmapsFieldIsInItsPlace(t *testing.T) {
	text := "0-1 ---p 00000000 00:00 0    [rollup]\n"
	for f := range smapsFields {
		text += f.String() + ":   " + strconv.Itoa(int(f)+1) + " kB\n"
	}
	var r SmapsRollup
	require.NoError(t, ParseSmapsRollup([]byte(text+"Newer: 7 kB\n"), &r))
	has := r.has
	r.has = 0
	require.Equal(t, SmapsRollup{
		Rss: 1 << 10, Pss: 2 << 10, PssDirty: 3 << 10, PssAnon: 4 << 10, PssFile: 5 << 10, PssShmem: 6 << 10,
		SharedClean: 7 << 10, SharedDirty: 8 << 10, PrivateClean: 9 << 10, PrivateDirty: 10 << 10,
		Referenced: 11 << 10, Anonymous: 12 << 10, KSM: 13 << 10, LazyFree: 14 << 10, AnonHugePages: 15 << 10,
		ShmemPmdMapped: 16 << 10, FilePmdMapped: 17 << 10, SharedHugetlb: 18 << 10, PrivateHugetlb: 19 << 10,
		Swap: 20 << 10, SwapPss: 21 << 10, Locked: 22 << 10,
	}, r)
	require.EqualValues(t, 1<<smapsFields-1, has)

	require.NoError(t, ParseSmapsRollup([]byte("0-1 ---p 0 00:00 0 [rollup]\nRss: 4 kB\nPss: 0 kB\nSwap: 8 kB\n"), &r), "an older kernel prints less")
	require.True(t, r.Has(SmapsPss))
	require.False(t, r.Has(SmapsPssDirty))
	require.EqualValues(t, 8<<10, r.Swap)
	require.Zero(t, r.Locked, "the struct of before does not show")
}

func TestWhatIsNoSmapsRollupIsMalformed(t *testing.T) {
	const head = "0-1 ---p 0 00:00 0 [rollup]\n"
	for _, text := range []string{
		"", "Rss: 1 kB\nPss: 1 kB\n", head, head + "Rss: 1 kB\n", head + "Rss: 1\nPss: 1 kB\n", head + "Rss: x kB\nPss: 1 kB\n",
		head + "Rss 1 kB\n", head + "Rss: 18014398509481984 kB\nPss: 1 kB\n", head + "Rss: -1 kB\nPss: 1 kB\n",
	} {
		require.ErrorIs(t, ParseSmapsRollup([]byte(text), new(SmapsRollup)), ErrMalformed, "%q", text)
	}
}

func TestSchedstatHasDurations(t *testing.T) {
	var s Schedstat
	require.NoError(t, ParseSchedstat(capture(t, "busy.schedstat"), &s))
	require.Equal(t, Schedstat{Run: 5678901234 * time.Nanosecond, Wait: 123456, Slices: 42}, s)
	for _, text := range []string{"", "1 2", "1 2 x", "9223372036854775808 1 1", "-1 1 1"} {
		require.ErrorIs(t, ParseSchedstat([]byte(text), &s), ErrMalformed, "%q", text)
	}
	require.NoError(t, ParseSchedstat([]byte("1 2 3 4"), &s), "a newer kernel may have more")
}

func TestCgroupsOfBothVersions(t *testing.T) {
	var all []Cgroup
	require.NoError(t, ParseCgroups(capture(t, "v1.cgroup"), &all))
	require.Len(t, all, 10)
	require.Equal(t, Cgroup{9, Text("name=systemd"), Text("/")}, all[0])
	require.Equal(t, Cgroup{4, Text("memory"), Text("/batch/job 7")}, all[5])
	require.True(t, all[5].Has("memory"))
	require.False(t, all[5].Has("mem"))
	require.True(t, all[0].Has("name=systemd"))
	last := all[9]
	require.True(t, last.V2())
	require.False(t, all[0].V2())
	require.False(t, last.Has(""))
	require.Equal(t, "/", last.Path.String())

	require.NoError(t, ParseCgroups([]byte("12:cpu,cpuacct:/a:/b (deleted)\n3:name=odd:one:/x\n0::/../other\n"), &all))
	require.Len(t, all, 3)
	require.True(t, all[0].Has("cpu") && all[0].Has("cpuacct"))
	require.Equal(t, "/a:/b (deleted)", all[0].Path.String())
	require.Equal(t, "name=odd:one", all[1].Controllers.String())
	require.Equal(t, "/../other", all[2].Path.String())
	require.Empty(t, all[2].Controllers)

	require.NoError(t, ParseCgroups(nil, &all), "no hierarchy is mounted")
	require.Empty(t, all)
	for _, text := range []string{"x", "0:", "0:/", "x::/", "-1::/", "0::relative", "0::/\n\n"} {
		require.ErrorIs(t, ParseCgroups([]byte(text), &all), ErrMalformed, "%q", text)
	}
}

func TestCgroupsUseTheirMemoryAgain(t *testing.T) {
	text := capture(t, "v1.cgroup")
	var all []Cgroup
	require.NoError(t, ParseCgroups(text, &all))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if ParseCgroups(text, &all) != nil || ParseCgroups(text[:17], &all) != nil {
			panic("malformed")
		}
	}))
}

func TestAWchanOfZeroIsNone(t *testing.T) {
	require.Equal(t, "do_wait", ParseWChan([]byte("do_wait")))
	for _, text := range []string{"0", "0\n", ""} {
		require.Empty(t, ParseWChan([]byte(text)))
	}
}

func TestAnEnvironmentIsRaw(t *testing.T) {
	require.Equal(t, []string{"A=1", "odd", "", "B=\n="}, ParseEnviron([]byte("A=1\x00odd\x00\x00B=\n=\x00")))
	require.Nil(t, ParseEnviron(nil))
}

func TestANamespaceIsItsTypeAndNumber(t *testing.T) {
	n, err := ParseNamespace([]byte("net:[4026531840]"))
	require.NoError(t, err)
	require.Equal(t, Namespace{"net", 4026531840}, n)
	require.Equal(t, "net:[4026531840]", n.String())
	for _, text := range []string{"", "net", "net:", "net:[", "net:[]", "net:[x]", ":[1]", "net:[1", "net:[1] ", "/proc/1"} {
		_, err := ParseNamespace([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
}

func TestFramesOfAStack(t *testing.T) {
	for text, want := range map[string]Frame{
		"[<0>] do_wait+0x5a/0x120":                         {"do_wait", 0x5a, 0x120, ""},
		"[<0>] nfs_wait+0x0/0x40 [nfs]":                    {"nfs_wait", 0, 0x40, "nfs"},
		"[<ffffffff81000000>] a.isra.0+0x1/0x2":            {"a.isra.0", 1, 2, ""},
		"[<0>] 0xffffffffc0001234":                         {"0xffffffffc0001234", 0, 0, ""},
		"[<0>] f+0x1/0x2 [mod 0123456789abcdef]":           {"f", 1, 2, "mod"},
		"[<0>] entry_SYSCALL_64_after_hwframe+0x76/0x7e\n": {"entry_SYSCALL_64_after_hwframe", 0x76, 0x7e, ""},
	} {
		f, err := ParseFrame([]byte(text))
		require.NoError(t, err, text)
		require.Equal(t, want, f)
		if want.Size > 0 && !strings.Contains(text, "mod ") {
			require.Contains(t, text, f.String())
		}
	}
	for _, text := range []string{"", "f+0x1/0x2", "[<0>]", "[<0>] f+1", "[<0>] f+0xx/0x2", "[<0>] f+0x3/0x2", "[<0>] f+0x1/0x2 mod"} {
		_, err := ParseFrame([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
	for line := range strings.Lines(string(capture(t, "sleep.stack"))) {
		f, err := ParseFrame([]byte(line))
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(strings.TrimPrefix(line, "[<0>] ")), f.String())
	}
}

func TestSchedHasWhatTheKernelPrints(t *testing.T) {
	s, err := ParseSched(capture(t, "sleep.sched"))
	require.NoError(t, err)
	for key, want := range map[string]string{
		"policy": "0", "prio": "120", "nr_switches": "1", "se.sum_exec_runtime": "1", "current_node": "0", "numa_group_id": "0",
		"numa_faults task_private": "0", "se.load.weight": "1048576",
	} {
		got, ok := s.Value(key)
		require.True(t, ok, key)
		require.True(t, strings.HasPrefix(got, want) || key == "nr_switches" || key == "se.sum_exec_runtime", "%s is %s", key, got)
	}
	_, ok := s.Value("none")
	require.False(t, ok)

	s, err = ParseSched([]byte("a:1\nb (7, #threads: 1)\n" + strings.Repeat("-", 60) + "\nkey : value\n"))
	require.NoError(t, err)
	require.Equal(t, Sched{{Text("key"), Text("value")}}, s, "a name with a newline and a colon")
	for _, text := range []string{"", "x\n", "x (1, #threads: 1)\nkey : value\n"} {
		_, err = ParseSched([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
}

func TestWhatTheKernelSaysOfOpenFiles(t *testing.T) {
	parse := func(name string) FDInfo {
		info, err := ParseFDInfo(capture(t, name+".fdinfo"))
		require.NoError(t, err)
		return info
	}
	pidfd := parse("pidfd")
	require.EqualValues(t, 0o2000002, pidfd.Flags)
	require.Equal(t, 4, pidfd.MountID)
	require.EqualValues(t, 101705, pidfd.Inode)
	require.Equal(t, &PidfdInfo{PID: 4340, NSPID: []int{4340}}, pidfd.Pidfd)
	require.Nil(t, pidfd.Eventfd)

	require.Equal(t, &EventfdInfo{Count: 31, ID: 148}, parse("eventfd").Eventfd)
	require.Equal(t, []EpollTarget{
		{FD: 5, Events: 0x1c, Data: 5, Inode: 0x19ebf2, Device: 0xf}, {FD: 4, Events: 0x19, Data: 4, Inode: 0x19ebf2, Device: 0xf},
	}, parse("epoll").Epoll)
	require.Equal(t, []InotifyWatch{
		{WD: 2, Inode: 0x3c4b9, Device: 0xfe00000, Mask: 2}, {WD: 1, Inode: 0x3c4a3, Device: 0xfe00000, Mask: 0x100},
	}, parse("inotify").Inotify)
	timer := parse("timer")
	value, ok := timer.Line("settime flags")
	require.True(t, ok)
	require.Equal(t, "00", value)
	_, ok = timer.Line("lock")
	require.False(t, ok)
	lock := parse("lock")
	value, _ = lock.Line("lock")
	require.Equal(t, "1: FLOCK  ADVISORY  WRITE 4340 fe:00:9979277 0 EOF", value)

	reaped, err := ParseFDInfo([]byte("pos:\t-1\nflags:\t02\nmnt_id:\t4\nPid:\t-1\n"))
	require.NoError(t, err)
	require.Equal(t, FDInfo{Pos: -1, Flags: 2, MountID: 4, Pidfd: &PidfdInfo{PID: -1}, Lines: []Pair{{Text("Pid"), Text("-1")}}}, reaped)
	driver, err := ParseFDInfo([]byte("pos:\t0\nflags:\t02\nmnt_id:\t4\ndrm-driver:\tx\nino:\tmine\n  user_data=0\n"))
	require.NoError(t, err)
	require.Zero(t, driver.Inode, "behind the first lines a driver may print what it likes")
	require.Len(t, driver.Lines, 3)
	require.Equal(t, Pair{Value: Text("  user_data=0")}, driver.Lines[2])
	for _, text := range []string{
		"", "pos:\t0\n", "flags:\t0\n", "pos:\tx\nflags:\t0\n", "pos:\t0\nflags:\t8\n", "pos:\t0\nflags:\t0\nino:\tx\n",
		"pos:\t0\nflags:\t0\nPid:\tx\n", "pos:\t0\nflags:\t0\ntfd: x\n", "pos:\t0\nflags:\t0\ntfd: 1 events\n", "pos:\t0\nflags:\t0\ninotify wd:1 ino:x\n",
	} {
		_, err := ParseFDInfo([]byte(text))
		require.ErrorIs(t, err, ErrMalformed, "%q", text)
	}
}
