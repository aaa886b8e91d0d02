// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

// checkSet stores a value and reads it back, once and through a handle.
func checkSet[T any](t *testing.T, f attr.File, present, next T) {
	t.Helper()
	got, err := attr.Get[T](f)
	require.NoError(t, err)
	require.Equal(t, present, got)
	require.NoError(t, attr.Set(f, next))
	v := attr.Of[T](f)
	defer v.Close()
	got, err = v.Get()
	require.NoError(t, err)
	require.Equal(t, next, got)
	for _, value := range []T{present, next, present} { // a second write where the first ended is dropped
		require.NoError(t, v.Set(value))
		got, err = v.Get()
		require.NoError(t, err)
		require.Equal(t, value, got)
	}
}

func TestKeysAreReadAndWrittenAsWhatTheyAre(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	checkSet(t, ctl.Key("sysctl_ex", "number"), 60, 61)
	checkSet(t, ctl.Key("sysctl_ex", "vector"), [4]int{1, 2, 3, 4}, [4]int{-9, 8, 1 << 30, 0})
	checkSet(t, ctl.Dotted("sysctl_ex.vector"), []int32{1, 2, 3, 4}, []int32{0, 0, 0, 0})
	checkSet(t, ctl.Dotted("sysctl_ex/text"), "initial", "two words")
	checkSet(t, ctl.Dotted("sysctl_ex/text"), "initial", "")
	checkSet(t, ctl.Attr("sysctl_ex.flag"), false, true)
	checkSet(t, ctl.Key("sysctl_ex", "even"), uint16(2), 4)
}

func TestAValueOutOfRangeIsNamed(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	number := attr.Of[int64](ctl.Key("sysctl_ex", "number"))
	defer number.Close()
	for _, value := range []int64{101, -1, 1 << 40} {
		for _, err := range []error{number.Set(value), attr.Set(number.File(), value)} {
			require.ErrorIs(t, err, syscall.EINVAL)
			require.ErrorContains(t, err, "the kernel does not take the value")
		}
	}
	require.EqualError(t, number.Set(101), "sysctl: set /proc/sys/sysctl_ex/number: invalid argument"+
		` (the kernel does not take the value "101")`)
	require.ErrorIs(t, attr.Set(ctl.Key("sysctl_ex", "even"), 3), syscall.EINVAL)
	require.ErrorIs(t, attr.Set(ctl.Key("sysctl_ex", "number"), "many"), syscall.EINVAL)
	n, err := number.Get()
	require.NoError(t, err)
	require.EqualValues(t, 60, n)
}

// The kernel says nothing of too few, and of too many when it has stored the
// first ones.
func TestMoreOrFewerNumbersThanAKeyHasAreRefused(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	number, vector := ctl.Key("sysctl_ex", "number"), ctl.Key("sysctl_ex", "vector")
	require.ErrorIs(t, attr.Set(number, []int{60, 70}), attr.ErrMalformed)
	require.ErrorIs(t, attr.Set(vector, [2]int{9, 8}), attr.ErrMalformed)
	kept := attr.Of[[]int](vector)
	defer kept.Close()
	require.ErrorIs(t, kept.Set([]int{9, 8, 7, 6, 5}), attr.ErrMalformed)
	got, err := kept.Get()
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3, 4}, got)

	require.ErrorIs(t, number.Write([]byte("61 70\n")), io.ErrShortWrite)
	require.NoError(t, vector.Write([]byte("9 8\n")))
	n, err := attr.Get[int](number)
	require.NoError(t, err)
	require.Equal(t, 61, n, "what the kernel does")
	got, err = kept.Get()
	require.NoError(t, err)
	require.Equal(t, []int{9, 8, 3, 4}, got, "what the kernel does")

	_, err = attr.Get[int](vector)
	require.ErrorIs(t, err, attr.ErrMalformed)
	_, err = attr.Get[[2]int](vector)
	require.ErrorIs(t, err, attr.ErrMalformed)
}

func TestAStringIsCutAtItsRoomWithoutAWord(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	text := open(t, nil).Key("sysctl_ex", "text")
	require.NoError(t, attr.Set(text, strings.Repeat("x", 40)))
	got, err := attr.Get[string](text)
	require.NoError(t, err)
	require.Equal(t, strings.Repeat("x", 31), got)
	require.NoError(t, attr.Set(text, []byte("as it is\n\n")))
	raw, err := text.Read()
	require.NoError(t, err)
	require.Equal(t, "as it is\n", string(raw), "a newline ends what is taken")
}

// What raw system calls do, which attr.Value and File keep away.
func TestWhatTheKernelDoesAtOffsetsAndWithSmallBuffers(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	fd, err := unix.Open("/proc/sys/sysctl_ex/vector", unix.O_RDWR|unix.O_CLOEXEC, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	for range 2 {
		n, err := unix.Write(fd, []byte("5 6 7 8\n"))
		require.NoError(t, err)
		require.Equal(t, 8, n)
		_, err = unix.Pwrite(fd, []byte("1 1 1 1\n"), 8)
		require.NoError(t, err)
		text, err := readFD(fd)
		require.NoError(t, err)
		require.Equal(t, "5\t6\t7\t8\n", text, "a write behind the beginning is dropped")
	}
	small := make([]byte, 3)
	_, err = unix.Pread(fd, small, 0)
	require.NoError(t, err)
	n, err := unix.Pread(fd, small, 3)
	require.NoError(t, err)
	require.Zero(t, n, "the rest is lost")

	vector := attr.Of[[4]int](open(t, nil).Key("sysctl_ex", "vector"))
	defer vector.Close()
	_, err = vector.ReadInto(small)
	require.Error(t, err)
	got, err := vector.Get()
	require.NoError(t, err)
	require.Equal(t, [4]int{5, 6, 7, 8}, got)
}

func TestKeysOfOneDirectionSaySo(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	readonly, trigger := ctl.Key("sysctl_ex", "readonly"), ctl.Key("sysctl_ex", "trigger")
	err := attr.Set(readonly, 1)
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
	require.ErrorIs(t, err, fs.ErrPermission)
	require.ErrorContains(t, err, "its mode is 0444")
	_, err = attr.Get[int](trigger)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorContains(t, err, "it can only be written")
	require.NoError(t, attr.Set(trigger, 1))
	kept := attr.Of[[]int](trigger) // a list, of which nobody can say how long it is
	defer kept.Close()
	require.ErrorIs(t, kept.Set([]int{1, 2}), io.ErrShortWrite)
	n, err := attr.Get[int](ctl.Key("sysctl_ex", "event"))
	require.NoError(t, err)
	require.Equal(t, 2, n)
}

func TestAKeyThatWasNeverSetHasNoValue(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	secret := attr.Of[string](open(t, nil).Key("net", "ipv6", "conf", "lo", "stable_secret"))
	defer secret.Close()
	for range 2 {
		_, err := secret.Get()
		require.ErrorIs(t, err, kernlink.ErrNoValue)
		require.ErrorIs(t, err, syscall.EIO)
	}
}

func TestAKeyThatIsNotThereIsNoGoneOne(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	_, err := attr.Get[int](open(t, nil).Dotted("net.ipv4.no_such_key"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotErrorIs(t, err, kernlink.ErrGone)
}

// whenWaiting runs f beside the watch that uses it, as soon as that begins to
// wait: then it asks for Done.
type whenWaiting struct {
	context.Context
	once *sync.Once
	f    func()
}

func (w whenWaiting) Done() <-chan struct{} {
	w.once.Do(func() { go w.f() })
	return w.Context.Done()
}

func TestAWatchIsWokenByAModulesKey(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	ctl := open(t, nil)
	event := attr.Of[int](ctl.Key("sysctl_ex", "event"))
	defer event.Close()
	bound, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	trigger := ctl.Key("sysctl_ex", "trigger")
	ctx := whenWaiting{bound, new(sync.Once), func() { attr.Set(trigger, 1) }}
	var seen []int
	for n, err := range event.Watch(ctx, &attr.WatchOptions{Interval: time.Hour}) {
		require.NoError(t, err)
		if seen = append(seen, n); n == 3 {
			break
		}
		if n > 0 {
			require.NoError(t, attr.Set(trigger, 1))
		}
	}
	require.Equal(t, []int{0, 1, 2, 3}, seen)
}

func TestAWatchEndsWithTheModule(t *testing.T) {
	mod := kerneltest.Load(t, "sysctl_ex", nil)
	event := attr.Of[int](open(t, nil).Key("sysctl_ex", "event"))
	defer event.Close()
	removed := make(chan error, 1)
	ctx := whenWaiting{t.Context(), new(sync.Once), func() { removed <- mod.Remove(t.Context()) }}
	var last error
	for _, err := range event.Watch(ctx, &attr.WatchOptions{Interval: time.Hour}) {
		last = err
	}
	require.ErrorIs(t, last, kernlink.ErrGone)
	require.NoError(t, <-removed)
}

// The host name is that of the thread's own UTS namespace, at the time that it
// reads or writes.
func TestAWatchOfTheHostNameSeesItsOwnNamespace(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM)
	ctl := open(t, nil)
	name := attr.Of[string](ctl.Key("kernel", "hostname"))
	defer name.Close()
	outside, err := name.Get()
	require.NoError(t, err)
	var inside string
	require.NoError(t, onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWUTS); err != nil {
			return err
		}
		if err := name.Set("inside"); err != nil {
			return err
		}
		inside, err = name.Get()
		return err
	}))
	require.Equal(t, "inside", inside)
	after, err := name.Get()
	require.NoError(t, err)
	require.Equal(t, outside, after)

	defer func() { require.NoError(t, name.Set(outside)) }()
	bound, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	names := []string{"one", "two"}
	ctx := whenWaiting{bound, new(sync.Once), func() { attr.Set(name.File(), names[0]) }}
	seen := []string{}
	for s, err := range name.Watch(ctx, nil) {
		require.NoError(t, err)
		if seen = append(seen, s); len(seen) == 3 {
			break
		}
		if len(seen) == 2 {
			require.NoError(t, name.Set(names[1]))
		}
	}
	require.Equal(t, []string{outside, "one", "two"}, seen)
}

func TestAKeyThatCannotBePolledNeedsAnInterval(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	number := attr.Of[int](open(t, nil).Key("sysctl_ex", "number"))
	defer number.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	turns := 0
	for n, err := range number.Watch(ctx, &attr.WatchOptions{Interval: time.Millisecond}) {
		require.NoError(t, err)
		if turns++; n == 62 {
			break
		}
		require.NoError(t, number.Set(n+1))
	}
	require.Equal(t, 3, turns)
	require.False(t, errors.Is(ctx.Err(), context.DeadlineExceeded))
}

// What Apply says of values that the kernel takes in part, or not at all.
func TestApplySaysWhatTheKernelTook(t *testing.T) {
	kerneltest.Load(t, "sysctl_ex", nil)
	settings, err := sysctl.ParseSettings([]byte(`
sysctl_ex.number = 61 70
sysctl_ex.vector = 9 8
sysctl_ex.text = a text that is longer than its room
sysctl_ex.flag = 1
sysctl_ex.even = 0x10
sysctl_ex.readonly = 8
sysctl_ex.trigger = 1
-sysctl_ex.event = 1
-sysctl_ex.number = 101`))
	require.NoError(t, err)
	results, err := open(t, nil).Apply(t.Context(), append(settings[1:8:8], settings[0]))
	var lines []string
	for _, r := range results {
		lines = append(lines, r.String())
	}
	require.Equal(t, []string{
		"sysctl_ex.vector: 1 2 3 4 -> 9 8 3 4, not 9 8 (line 3)",
		"sysctl_ex.text: initial -> a text that is longer than its, not a text that is longer than its room (line 4)",
		"sysctl_ex.flag: 0 -> 1 (line 5)",
		"sysctl_ex.even: 2 -> 16, not 0x10 (line 6)",
		"sysctl_ex.readonly: failed: sysctl: apply /proc/sys/sysctl_ex/readonly: read only: permission denied (its mode is 0444, owner 0:0; line 7)",
		"sysctl_ex.trigger: written (line 8)",
		"sysctl_ex.event: ignored: sysctl: apply /proc/sys/sysctl_ex/event: read only: permission denied (its mode is 0444, owner 0:0; line 9)",
		"sysctl_ex.number: failed: sysctl: apply /proc/sys/sysctl_ex/number: short write: the kernel took 3 of 6 bytes (line 2)",
	}, lines)
	require.Equal(t, "60", results[7].Old)
	require.Equal(t, "61", results[7].New, "what there is all the same")
	require.ErrorIs(t, err, io.ErrShortWrite)
	require.ErrorIs(t, err, kernlink.ErrReadOnly)
	require.Equal(t, 2, strings.Count(err.Error(), "sysctl: apply"))

	results, err = open(t, nil).Apply(t.Context(), settings[8:])
	require.NoError(t, err)
	require.Equal(t, sysctl.Ignored, results[0].State)
	require.ErrorIs(t, results[0].Err, syscall.EINVAL)
	require.ErrorContains(t, results[0].Err, `"101"`)
}
