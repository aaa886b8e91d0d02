// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// onThread runs f on a thread that was changed first, and that ends with it.
// It waits for so long at most.
func onThread(t *testing.T, change func() error, f func()) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlock: nobody else gets this thread
		err := change()
		if err == nil {
			f()
		}
		done <- err
	}()
	select {
	case err := <-done:
		require.NoError(t, err)
	case <-time.After(20 * time.Second):
		t.Fatal("the goroutine is parked for ever")
	}
}

// tryAgain makes the kernel answer EAGAIN to each read and write of this
// thread, as some drivers do.
func tryAgain() error {
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}} // the number of the call
	for _, call := range []uint32{unix.SYS_READ, unix.SYS_PREAD64, unix.SYS_WRITE, unix.SYS_PWRITE64} {
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jt: 0, Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(unix.EAGAIN)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}

// Files of sysfs can be polled, so the runtime would wait for what never
// comes, if it had them.
func TestAFileThatSaysTryAgainParksNobody(t *testing.T) {
	for _, p := range []*Policy{Sysfs, Procfs} {
		file := At("/sys/class/net/lo/mtu", p)
		kept := Of[int](file)
		_, err := kept.Get()
		require.NoError(t, err)
		d := folder(t, p, map[string]string{"f": "1\n"})
		var errs [4]error
		onThread(t, tryAgain, func() {
			_, errs[0] = kept.Get()
			_, errs[1] = Get[int](file)
			_, errs[2] = kept.ReadInto(make([]byte, 64))
			errs[3] = Set(d.File("f"), 2)
		})
		for i, err := range errs {
			require.ErrorIs(t, err, syscall.EAGAIN, i)
			require.NotErrorIs(t, err, kernlink.ErrGone, i)
		}
		require.NoError(t, kept.Close()) // not deferred: it waits for who is parked
	}
}

func TestAKeptFileIsNotThePollers(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/mtu", Sysfs))
	defer v.Close()
	_, err := v.Get()
	require.NoError(t, err)
	flags, err := unix.FcntlInt(uintptr(v.in), unix.F_GETFL, 0)
	require.NoError(t, err)
	require.Zero(t, flags&unix.O_NONBLOCK)
	flags, err = unix.FcntlInt(uintptr(v.in), unix.F_GETFD, 0)
	require.NoError(t, err)
	require.NotZero(t, flags&unix.FD_CLOEXEC)
	require.NotContains(t, polled(t), v.in)
}

// polled are the descriptors that this process has in an epoll(7).
func polled(t *testing.T) (fds []int) {
	t.Helper()
	infos, err := filepath.Glob("/proc/self/fdinfo/*")
	require.NoError(t, err)
	for _, info := range infos {
		text, err := os.ReadFile(info)
		if errors.Is(err, fs.ErrNotExist) {
			continue // of Glob itself
		}
		require.NoError(t, err)
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, "tfd:"); ok {
				fd, err := decodeSigned[int]([]byte(strings.Fields(rest)[0]))
				require.NoError(t, err)
				fds = append(fds, fd)
			}
		}
	}
	return fds
}

// With O_CREAT the kernel says EACCES of a file that is not there.
func TestAMissingFileIsMissingAndNotForbidden(t *testing.T) {
	for path, p := range map[string]*Policy{
		"/sys/kernel/no_such":                      Sysfs,
		"/sys/module/printk/parameters/no_such":    Param,
		"/proc/no_such":                            Procfs,
		"/proc/sys/kernel/no_such":                 Sysctl,
		"/proc/sys/net/ipv4/conf/lo/no_such":       Sysctl,
		"/sys/class/net/lo/no_such/nor_such_a_one": Sysfs,
	} {
		file := At(path, p)
		v := Of[int](file)
		_, read := file.Read()
		_, get := v.Get()
		for _, err := range []error{read, get, Set(file, 1), v.Set(1), file.Write([]byte("1"))} {
			require.ErrorIs(t, err, fs.ErrNotExist, path)
			require.NotErrorIs(t, err, kernlink.ErrGone, path)
			require.NotErrorIs(t, err, kernlink.ErrRestricted, path)
		}
		require.NoError(t, v.Close())
	}
}

func TestAFileIsNotCut(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"f": "old text"})
	v := Of[int](d.File("f"))
	defer v.Close()
	for range 2 { // each at the beginning
		require.NoError(t, v.Set(12))
		require.NoError(t, Set(d.File("f"), 12))
		text, err := d.File("f").Read()
		require.NoError(t, err)
		require.Equal(t, "12\n text", string(text))
	}
}

// The kernel makes a new one for each read that begins at the beginning.
func TestAKeptSysctlIsReadFromItsBeginningEachTime(t *testing.T) {
	v := Of[string](At("/proc/sys/kernel/random/uuid", Sysctl))
	defer v.Close()
	seen := map[string]bool{}
	for range 3 {
		s, err := v.Get()
		require.NoError(t, err)
		require.Len(t, s, 36)
		seen[s] = true
	}
	require.Len(t, seen, 3)
}

func TestTheSizeThatTheKernelSaysIsNotBelieved(t *testing.T) {
	for path, c := range map[string]struct {
		policy *Policy
		size   int64
	}{
		"/sys/class/net/lo/mtu":   {Sysfs, int64(os.Getpagesize())},
		"/proc/uptime":            {Procfs, 0},
		"/proc/sys/kernel/ostype": {Sysctl, 0},
	} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, c.size, info.Size(), path)
		text, err := At(path, c.policy).Read()
		require.NoError(t, err)
		require.NotEmpty(t, text, path)
		require.Less(t, len(text), 64, path)
		n, err := At(path, c.policy).ReadInto(make([]byte, 64))
		require.NoError(t, err)
		require.InDelta(t, len(text), n, 8, path)
	}
}

// A seq_file gives a page at most for a read, whatever room there is.
func TestASeqFileIsReadToItsEnd(t *testing.T) {
	const path = "/proc/kallsyms"
	fd, err := sys.Open(path, sys.ReadOnly)
	require.NoError(t, err)
	defer sys.Close(fd)
	first, err := sys.Read(fd, make([]byte, 1<<20))
	require.NoError(t, err)
	if first == 0 {
		t.Skip("a kernel without symbols")
	}
	require.LessOrEqual(t, first, os.Getpagesize())
	v := Of[string](At(path, Procfs))
	defer v.Close()
	for range 2 {
		text, err := v.Get()
		require.NoError(t, err)
		require.Greater(t, strings.Count(text, "\n"), 10000)
		require.Contains(t, text, " kallsyms_")
	}
}

// The memory of a process begins at no address 0: EIO, of a file that is
// there. A module's own entries may say the same.
func TestAnErrnoOfALivingEntryDoesNotMeanThatItWent(t *testing.T) {
	file := At("/proc/self/mem", Procfs)
	kept := Of[[]byte](file)
	defer kept.Close()
	_, once := Get[[]byte](file)
	_, err := kept.Get()
	_, again := kept.Get()
	for _, err := range []error{once, err, again} {
		require.ErrorIs(t, err, syscall.EIO)
		require.NotErrorIs(t, err, kernlink.ErrGone)
	}
}

// One that has no value, one that is no file, one that is not there and one
// that is write-only leave the others what they are.
func TestOneThatCannotBeReadLeavesTheOthers(t *testing.T) {
	lo, err := OpenDir("/sys/class/net/lo", Sysfs)
	require.NoError(t, err)
	defer lo.Close()
	link := struct {
		Speed   int    `attr:"speed"`
		Folder  string `attr:"statistics"`
		Missing int    `attr:"no_such"`
		MTU     int    `attr:"mtu"`
		Address string `attr:"address"`
	}{Speed: -7}
	err = Load(lo, &link)
	require.ErrorIs(t, err, kernlink.ErrNoValue)
	require.ErrorIs(t, err, syscall.EISDIR)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
	for _, name := range []string{"speed", "statistics", "no_such"} {
		require.ErrorContains(t, err, "lo/"+name+": ")
	}
	require.Equal(t, -7, link.Speed)
	require.Positive(t, link.MTU)
	require.Equal(t, "00:00:00:00:00:00", link.Address)
	_, err = Get[string](lo.File("phys_port_id"))
	if !errors.Is(err, fs.ErrNotExist) { // newer kernels hide what is not there
		require.ErrorIs(t, err, syscall.EOPNOTSUPP)
		require.ErrorIs(t, err, kernlink.ErrNoValue)
	}
}

// sysfs looks at the mode, and root is nobody special to it.
func TestOneDirectionIsSaidOfBothEvenToRoot(t *testing.T) {
	_, err := Get[string](At("/sys/bus/platform/drivers_probe", Sysfs))
	require.ErrorIs(t, err, syscall.EACCES)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "0200")
	require.NotErrorIs(t, err, kernlink.ErrRestricted)
	err = Set(At("/sys/class/net/lo/ifindex", Sysfs), 1)
	require.ErrorIs(t, err, syscall.EACCES)
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
	require.ErrorContains(t, err, "0444")
	require.NotErrorIs(t, err, kernlink.ErrRestricted)
}

func TestWhatIsForbiddenToThisUserNamesTheMode(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	var errs [3]error
	onThread(t, func() error {
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 65534, 65534, 65534); errno != 0 {
			return errno
		}
		return nil
	}, func() {
		errs[0] = Set(At("/sys/class/net/lo/mtu", Sysfs), 65536)
		errs[1] = Set(At("/proc/sys/kernel/ctrl-alt-del", Sysctl), 0)
		_, errs[2] = Get[string](At("/proc/kmsg", Procfs))
	})
	for i, err := range errs {
		require.ErrorIs(t, err, kernlink.ErrRestricted, i)
		require.ErrorIs(t, err, fs.ErrPermission, i)
		require.ErrorContains(t, err, "its mode is 0")
		require.ErrorContains(t, err, "owner 0:0")
	}
}

// What the kernel prints for "no limit" is no -1 and no 0.
func TestNumbersAreWideEnoughOrRefused(t *testing.T) {
	const most = "18446744073709551615\n"
	d := folder(t, Sysfs, map[string]string{"most": most, "minus": "-1\n", "least": "-9223372036854775808\n"})
	n, err := Get[uint64](d.File("most"))
	require.NoError(t, err)
	require.Equal(t, ^uint64(0), n)
	least, err := Get[int64](d.File("least"))
	require.NoError(t, err)
	require.Equal(t, int64(-1)<<63, least)
	for name, err := range map[string]error{
		"most in int64":    failed[int64](d.File("most")),
		"most in uint32":   failed[uint32](d.File("most")),
		"most in int":      failed[int](d.File("most")),
		"minus in uint64":  failed[uint64](d.File("minus")),
		"minus in uint8":   failed[uint8](d.File("minus")),
		"least in int32":   failed[int32](d.File("least")),
		"most in a list":   failed[[]int64](d.File("most")),
		"minus in a list":  failed[[1]uint](d.File("minus")),
		"most hexadecimal": With(d.File("most"), Hex[uint64]()).failure(),
	} {
		require.ErrorIs(t, err, ErrMalformed, name)
	}
}

func failed[T any](f File) error { _, err := Get[T](f); return err }

func (v *Value[T]) failure() error {
	defer v.Close()
	_, err := v.Get()
	return err
}

func TestAValueIsReadWholeAfterItWasReadIntoSomethingElse(t *testing.T) {
	for _, p := range []*Policy{Sysfs, Sysctl, Procfs, nil} {
		v := Of[string](folder(t, p, map[string]string{"a": "text\n"}).File("a"))
		defer v.Close()
		_, err := v.ReadInto(make([]byte, 16))
		require.NoError(t, err)
		for range 2 {
			got, err := v.Get()
			require.NoError(t, err)
			require.Equal(t, "text", got)
		}
	}
}
