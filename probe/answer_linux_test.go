// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/mount"
	"github.com/kernlink/kernlink/internal/sys"
)

// kernelOf is a running system out of the stock tree, whose calls succeed, for
// a test to change. It says of each folder what it is by its name.
func kernelOf(o *Options) *system {
	s := newSystem(o)
	magics := map[string]int64{
		"/proc": sys.ProcMagic, "/sys": sys.SysfsMagic, "/sys/kernel/debug": sys.DebugMagic, "/sys/kernel/tracing": sys.TraceMagic,
	}
	s.open = func(string, int) error { return nil }
	s.magic = func(path string) (int64, error) { return magics[path], nil }
	s.socket = func(int, int, int) error { return nil }
	s.insert = func() error { return syscall.EBADF }
	s.ioctl = func(string) error { return syscall.ENOTTY }
	return s
}

// refuse lets the opening of one file fail.
func refuse(s *system, path string, err error) {
	s.open = func(p string, _ int) error {
		if strings.TrimPrefix(p, s.root) == path {
			return err
		}
		return nil
	}
}

func ask(t *testing.T, s *system, channel string) Result {
	t.Helper()
	for _, c := range channels {
		if c.name == channel {
			return s.ask(c.name, c.check)
		}
	}
	t.Fatal("no channel", channel)
	return Result{}
}

func TestAnAnswerOfTheKernelIsNamed(t *testing.T) {
	status := stock(t, "proc/thread-self/status")
	filter := map[string]string{"proc/thread-self/status": strings.Replace(status, "Seccomp:\t0", "Seccomp:\t2", 1)}
	noCaps := map[string]string{"proc/thread-self/status": strings.Replace(status, "CapEff:\t000001ffffffffff", "CapEff:\t0", 1)}
	socket := func(err error) func(*system) {
		return func(s *system) { s.socket = func(int, int, int) error { return err } }
	}
	open := func(path string, err error) func(*system) { return func(s *system) { refuse(s, path, err) } }
	insert := func(err error) func(*system) { return func(s *system) { s.insert = func() error { return err } } }
	request := func(err error) func(*system) {
		return func(s *system) { s.ioctl = func(string) error { return err } }
	}
	for _, tt := range []struct {
		channel string
		files   map[string]string
		change  func(*system)
		state   State
		reason  string
	}{
		{"packet", noCaps, socket(syscall.EPERM), Restricted, "needs CAP_NET_RAW"},
		{"packet", nil, socket(syscall.EPERM), Restricted, "a policy forbids it"},
		{"packet", filter, socket(syscall.EPERM), Restricted, "seccomp"},
		{"packet", filter, socket(syscall.EAFNOSUPPORT), Restricted, "seccomp"},
		{"nl", nil, socket(syscall.EAFNOSUPPORT), Missing, "CONFIG_NET"},
		{"genl", nil, socket(syscall.EPROTONOSUPPORT), Missing, "CONFIG_NET"},
		{"udp", noCaps, socket(syscall.EACCES), Restricted, "a policy forbids it"},
		{"udp", nil, socket(syscall.EMFILE), Unknown, "a socket cannot be made"},

		{"kmod", nil, insert(syscall.EBADF), Usable, "modules can be loaded"},
		{"kmod", nil, insert(syscall.EPERM), Restricted, "a policy forbids it"},
		{"kmod", nil, insert(syscall.ENOSYS), Missing, "CONFIG_MODULES"},
		{"kmod", nil, insert(nil), Unknown, ""},
		{"kmod", filter, insert(nil), Unknown, "not tried"},
		{"kmod", noCaps, insert(nil), Restricted, "needs CAP_SYS_MODULE"},

		{"debugfs", nil, open("/sys/kernel/debug/fault_around_bytes", syscall.EPERM), Restricted, "locked down (how far cannot be seen"},
		{"relay", nil, open("/sys/kernel/debug/fault_around_bytes", syscall.EPERM), Restricted, "debugfs: "},
		{"debugfs", nil, open("/sys/kernel/debug/fault_around_bytes", syscall.ENOENT), Usable, "mounted at"},
		{"debugfs", noCaps, open("/sys/kernel/debug", syscall.EACCES), Restricted, "needs CAP_DAC_READ_SEARCH"},
		{"tracefs", nil, open("/sys/kernel/tracing/README", syscall.EPERM), Restricted, "locked down"},
		{"procfs", nil, open("/proc/self/stat", syscall.EIO), Unknown, "cannot be opened"},
		{"sysctl", nil, open("/proc/sys", syscall.ENOENT), Missing, "CONFIG_PROC_SYSCTL"},
		{"sysctl", nil, open("/proc/sys", syscall.EACCES), Restricted, ""},

		{"kmsg", nil, nil, Usable, "/dev/kmsg"},
		{"kmsg", noCaps, open("/dev/kmsg", syscall.EPERM), Restricted, "kernel.dmesg_restrict"},
		{"kmsg", nil, open("/dev/kmsg", syscall.EPERM), Restricted, "a policy forbids it"},
		{"kmsg", noCaps, open("/dev/kmsg", syscall.EACCES), Restricted, "needs CAP_DAC_READ_SEARCH"},
		{"kmsg", nil, open("/dev/kmsg", syscall.ENOENT), Missing, "there is no such device"},
		{"chardev", nil, open("/dev/null", syscall.ENOENT), Missing, "no device nodes"},
		{"chardev", nil, open("/dev/null", syscall.EACCES), Restricted, "nodev"},
		{"ioctl", nil, open("/dev/null", syscall.EPERM), Restricted, "control group"},
		{"ioctl", nil, request(syscall.ENOTTY), Usable, "requests reach"},
		{"ioctl", filter, request(syscall.EPERM), Restricted, "seccomp"},
		{"ioctl", nil, request(syscall.EPERM), Restricted, "a policy forbids it"},
	} {
		o := changed(t, tt.files)
		if tt.channel == "debugfs" || tt.channel == "relay" || tt.channel == "tracefs" {
			o = changed(t, merge(tt.files, map[string]string{"sys/kernel/security/lockdown": gone}))
		}
		s := kernelOf(o)
		if tt.change != nil {
			tt.change(s)
		}
		r := ask(t, s, tt.channel)
		require.Equal(t, tt.state.String(), r.State.String(), r)
		require.Contains(t, r.Reason, tt.reason, r)
		if r.State == Missing || r.State == Restricted {
			require.NotEmpty(t, r.Fix, r)
		}
	}
}

func merge(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for name, text := range m {
			all[name] = text
		}
	}
	return all
}

// What another mount hides is in the list of mounts all the same.
func TestAHiddenMountIsNoMount(t *testing.T) {
	s := kernelOf(changed(t, nil))
	s.magic = func(string) (int64, error) { return 0x01021994, nil } // tmpfs
	require.Equal(t, Missing, ask(t, s, "sysfs").State)
	s.magic = func(string) (int64, error) { return 0, syscall.EACCES }
	require.Equal(t, Missing, ask(t, s, "debugfs").State)
}

func TestWithoutProcTheFoldersAreLookedAt(t *testing.T) {
	s := kernelOf(&Options{Root: t.TempDir()})
	require.Equal(t, Usable, ask(t, s, "sysfs").State)
	s.magic = func(string) (int64, error) { return 0, syscall.ENOENT }
	require.Equal(t, Missing, ask(t, s, "procfs").State)
}

func TestAFamilyThatCouldBeLoadedIsNotTried(t *testing.T) {
	s := kernelOf(changed(t, map[string]string{"proc/net/protocols": gone}))
	s.socket = func(family, _, _ int) error {
		require.NotContains(t, []int{sys.FamilyAlg, sys.FamilyPacket}, family)
		return nil
	}
	for _, channel := range []string{"alg", "packet"} {
		r := ask(t, s, channel)
		require.Equal(t, Unknown, r.State)
		require.ErrorIs(t, r.Err, fs.ErrNotExist)
	}
	require.Equal(t, Usable, ask(t, s, "nl").State)
}

func TestFailureSaysWhatTheResultSays(t *testing.T) {
	require.NoError(t, Result{Channel: "nl", State: Usable}.Failure())
	for state, kind := range map[State]error{Missing: kernlink.ErrNotSupported, Restricted: kernlink.ErrRestricted, Unknown: nil} {
		err := Result{Channel: "kmsg", State: state, Path: "/dev/kmsg", Reason: "because", Fix: "do", Err: syscall.EPERM}.Failure()
		require.ErrorContains(t, err, ": because: operation not permitted (do)")
		require.ErrorIs(t, err, syscall.EPERM)
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok)
		require.Equal(t, kind, e.Kind)
	}
}

func TestStatesHaveNames(t *testing.T) {
	for state, name := range map[State]string{Unknown: "unknown", Usable: "usable", Missing: "missing", Restricted: "restricted", 9: "unknown"} {
		text, err := state.MarshalText()
		require.NoError(t, err)
		require.Equal(t, name, string(text))
	}
}

func FuzzParseMounts(f *testing.F) {
	f.Add([]byte("27 22 0:7 / /sys/kernel/debug rw,relatime - debugfs debugfs rw\n"))
	f.Add([]byte(`36 35 98:0 / /a\040b rw master:1 - configfs none ro` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, m := range mount.Parse(text) {
			require.NotEmpty(t, m.Kind)
			require.NotEmpty(t, m.Point)
		}
	})
}
