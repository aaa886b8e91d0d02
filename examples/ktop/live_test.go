// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/procfs"
)

func live(t testing.TB, fds int) *sampler {
	t.Helper()
	s, err := newSampler("/proc", fds)
	require.NoError(t, err)
	t.Cleanup(s.close)
	return s
}

func child(t testing.TB, name string, args ...string) (*exec.Cmd, io.WriteCloser, io.Reader) {
	t.Helper()
	cmd := exec.Command(name, args...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, in, out
}

// onCPU is how long a process was on a CPU, by a clock that has nothing to do
// with /proc.
func onCPU(t testing.TB, pid int) time.Duration {
	var ts unix.Timespec
	require.NoError(t, unix.ClockGettime(int32(^pid<<3|2), &ts))
	return time.Duration(ts.Nano())
}

func TestTheRateIsThatOfTheKernelsOwnClock(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			busy, _, _ := child(t, "sh", "-c", "while :; do :; done")
			pid := busy.Process.Pid
			s := live(t, fds)
			s.only = map[int]bool{pid: true, os.Getpid(): true}
			// The look is between two readings of the clock: the truth is too.
			look := func() (before, after time.Duration) {
				before = onCPU(t, pid)
				require.NoError(t, s.look())
				return before, onCPU(t, pid)
			}
			before1, after1 := look()
			p := s.known[pid]
			at := p.at
			for onCPU(t, pid) < after1+400*time.Millisecond {
				time.Sleep(time.Millisecond) // it is the child's time that is waited for
			}
			before2, after2 := look()
			used := time.Duration(p.cpu.value / 100 * float64(p.at-at))
			const rounding = 2*procfs.Tick + 5*time.Millisecond
			require.GreaterOrEqual(t, used, before2-after1-rounding)
			require.LessOrEqual(t, used, after2-before1+rounding)
			require.True(t, s.known[os.Getpid()].cpu.known, "it shows itself")
		})
	}
}

// The premise of not reading stat: of a process whose pulse is as before, the
// kernel has nothing new to say. stat is read behind the sampler's back before
// it decides, so what it says then must be what is known.
func TestWhatIsHeldToSleepHasNotChanged(t *testing.T) {
	_, in, out := child(t, "cat")
	s := live(t, 1<<16)
	require.NoError(t, s.look())
	slept := 0
	type said struct {
		ticks, start uint64
		threads      int64
		comm         string
	}
	for range 30 {
		_, err := in.Write([]byte("x\n"))
		require.NoError(t, err)
		_, err = io.ReadFull(out, make([]byte, 2))
		require.NoError(t, err)
		fresh := map[int]said{}
		for p, err := range s.proc.Processes() {
			require.NoError(t, err)
			if st, err := p.Stat(); err == nil {
				fresh[p.PID()] = said{st.UTime + st.STime, st.StartTime, st.Threads, st.Comm.String()}
			}
		}
		require.NoError(t, s.look())
		for _, p := range s.all {
			f, known := fresh[p.pid]
			if known && p.ran < s.turn {
				slept++
				require.Equal(t, f, said{p.ticks, p.start, p.threads, p.comm.String()})
			}
		}
	}
	if p := s.known[1]; p != nil && p.pulse != nil {
		require.Positive(t, slept)
	}
}

func TestAPulseTellsSleepFromWork(t *testing.T) {
	cat, in, out := child(t, "cat")
	s := live(t, descriptors)
	s.only = map[int]bool{cat.Process.Pid: true}
	require.NoError(t, s.look())
	p := s.known[cat.Process.Pid]
	if p.pulse == nil {
		t.Skip("this kernel does not count")
	}
	asleep := func() bool { require.NoError(t, s.look()); return p.ran < s.turn }
	for range 20 {
		require.Eventually(t, asleep, 10*time.Second, time.Millisecond)
		_, err := in.Write([]byte("x"))
		require.NoError(t, err)
		_, err = io.ReadFull(out, make([]byte, 1))
		require.NoError(t, err)
		require.False(t, asleep(), "it ran: there was an answer")
	}
}

func TestAProcessThatIsReapedHasEnded(t *testing.T) {
	for way, fds := range ways {
		t.Run(way, func(t *testing.T) {
			s := live(t, fds)
			require.NoError(t, s.look())
			cat, in, _ := child(t, "cat")
			pid := cat.Process.Pid
			require.NoError(t, s.look())
			require.Contains(t, pids(s.began), pid)
			require.NoError(t, in.Close())
			require.NoError(t, cat.Wait())
			require.NoError(t, s.look())
			require.Contains(t, pids(s.ended), pid)
			require.NotContains(t, pids(s.all), pid)
		})
	}
}

// Root may say which number the next process gets.
func TestANumberThatTheKernelUsesAgainIsAnotherProcess(t *testing.T) {
	last, err := os.OpenFile("/proc/sys/kernel/ns_last_pid", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("only root chooses numbers: ", err)
	}
	defer last.Close()
	s := live(t, 1<<16)
	for range 100 { // somebody else may be quicker
		first, _, _ := child(t, "cat")
		pid := first.Process.Pid
		require.NoError(t, s.look())
		old := s.known[pid]
		require.NotNil(t, old)
		for onBoot := s.clock() / procfs.Tick; s.clock()/procfs.Tick <= onBoot+1; { // start times are in ticks
			time.Sleep(time.Millisecond)
		}
		require.NoError(t, first.Process.Kill())
		first.Wait()
		if _, err := last.WriteAt([]byte(strconv.Itoa(pid-1)), 0); err != nil {
			t.Skip("only root chooses numbers: ", err)
		}
		second, _, _ := child(t, "cat")
		if second.Process.Pid != pid {
			continue
		}
		require.NoError(t, s.look())
		require.NotSame(t, old, s.known[pid])
		require.Greater(t, s.known[pid].start, old.start)
		require.Contains(t, s.ended, old)
		require.Contains(t, s.began, s.known[pid])
		return
	}
	t.Fatal("the number never came again")
}

func TestNoDescriptorIsLeft(t *testing.T) {
	count := func() int {
		entries, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(entries)
	}
	before := count()
	o, err := orderOf("io")
	require.NoError(t, err)
	k, err := open(&options{proc: "/proc", fds: defaultFDs(), order: o})
	require.NoError(t, err)
	for range 3 {
		require.NoError(t, k.look())
		k.draw(0)
	}
	require.Greater(t, k.sampler.kept, 3)
	require.Greater(t, count(), before+3*k.sampler.kept)
	k.close()
	require.LessOrEqual(t, count(), before)
}

func TestOnceIsATableWithoutControlCharacters(t *testing.T) {
	odd := filepath.Join(t.TempDir(), "odd\x1b[31m\n")
	cat, err := exec.LookPath("cat")
	require.NoError(t, err)
	text, err := os.ReadFile(cat)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(odd, text, 0o700))
	cmd, _, _ := child(t, odd)
	ktop := program("-once", "-d", "50ms", "-p", strconv.Itoa(cmd.Process.Pid))
	out, err := ktop.Output()
	require.NoError(t, err)
	lines := strings.Split(string(out), "\n")
	require.Len(t, lines, headLines+2)
	fields := strings.Fields(lines[headLines])
	require.Equal(t, strconv.Itoa(cmd.Process.Pid), fields[0])
	require.True(t, strings.HasSuffix(lines[headLines], "odd?[31m?"), lines[headLines])
	require.Equal(t, -1, bytes.IndexFunc(out, func(r rune) bool { return r != '\n' && r < ' ' || r == 127 }))
}

func TestBatchGoesOnUntilItIsInterrupted(t *testing.T) {
	cmd := program("-b", "-d", "20ms", "-n", "3")
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	defer cmd.Process.Kill()
	var seen []byte
	for bytes.Count(seen, []byte("COMMAND")) < 3 {
		var buf [512]byte
		n, err := out.Read(buf[:])
		require.NoError(t, err)
		seen = append(seen, buf[:n]...)
	}
	require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
	io.Copy(io.Discard, out)
	require.NoError(t, cmd.Wait())
}

func TestTheStatusSaysWhetherItWasCalledRightly(t *testing.T) {
	for _, tt := range []struct {
		args      []string
		want      int
		complaint string
	}{
		{[]string{"-h"}, 0, "-once"},
		{[]string{"-s", "weight"}, 2, "cpu, memory, io, pid, start"},
		{[]string{"-p", "1,x"}, 2, `"x" is not the number`},
		{[]string{"-d", "1ms"}, 2, "10ms"},
		{[]string{"-n", "-1"}, 2, "negative"},
		{[]string{"firefox"}, 2, "-f"},
		{[]string{"-once", "-proc", "/nowhere"}, 1, "/nowhere"},
		{[]string{"-once", "-d", "10ms", "-p", "1"}, 0, ""},
	} {
		out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		require.NoError(t, err)
		defer out.Close()
		var complaint strings.Builder
		require.Equal(t, tt.want, run(tt.args, out, &complaint), tt.args)
		require.Contains(t, complaint.String(), tt.complaint)
	}
}

// Another user's io is not for nobody to read: a minus sign, in a table that
// is otherwise whole.
func TestWhatIsForbiddenIsAMinusSign(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	ktop := program("-once", "-d", "20ms", "-p", strconv.Itoa(os.Getpid()))
	ktop.Dir = "/"
	ktop.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := ktop.CombinedOutput()
	require.NoError(t, err, "%s", out)
	fields := strings.Fields(strings.Split(string(out), "\n")[headLines])
	require.Equal(t, []string{"-", "-"}, fields[6:8], "%s", out)
	require.NotEqual(t, "-", fields[4])
}
