// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestAWatchAtAnIntervalSeesEachChange(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	defer v.Close()
	var seen []int
	for n, err := range v.Watch(t.Context(), &WatchOptions{Interval: time.Millisecond}) {
		require.NoError(t, err)
		seen = append(seen, n)
		if n == 3 {
			break
		}
		require.NoError(t, os.WriteFile(v.File().Path(), []byte{byte('1' + n), '\n'}, 0o644))
	}
	require.Equal(t, []int{1, 2, 3}, seen)
}

func TestAFileThatCannotNotifyNeedsAnInterval(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	defer v.Close()
	for _, err := range v.Watch(t.Context(), nil) {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		require.ErrorContains(t, err, "Interval")
	}
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/mtu", Sysfs)) // can be polled, never notifies
	defer v.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	turns := 0
	for _, err := range v.Watch(ctx, nil) {
		if turns++; turns == 1 {
			require.NoError(t, err)
			cancel()
			continue
		}
		require.ErrorIs(t, err, context.Canceled)
	}
	require.Equal(t, 2, turns)
}

func TestClosingEndsAWatch(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/mtu", Sysfs))
	turns := 0
	for _, err := range v.Watch(t.Context(), nil) {
		if turns++; turns == 1 {
			require.NoError(t, err)
			require.NoError(t, v.Close())
			continue
		}
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	require.Equal(t, 2, turns)
}

// whenWaiting is a context that calls f once, when a watch that uses it begins
// to wait: then it asks for Done.
type whenWaiting struct {
	context.Context
	f    func()
	once *sync.Once
}

func waitingThen(ctx context.Context, f func()) context.Context {
	return whenWaiting{ctx, func() { go f() }, new(sync.Once)}
}

func (w whenWaiting) Done() <-chan struct{} {
	w.once.Do(w.f)
	return w.Context.Done()
}

// openFiles counts descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(entries)
}

// mtu can be polled and never notifies; a file of d cannot even be polled.
const mtuFile = "/sys/class/net/lo/mtu"

func TestEveryYieldsAtEachIntervalAlthoughNothingChanged(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "7\n"})
	for _, file := range []File{At(mtuFile, Sysfs), d.File("a")} {
		v := Of[int](file)
		want, err := v.Get()
		require.NoError(t, err)
		var seen []int
		for n, err := range v.Watch(t.Context(), &WatchOptions{Interval: time.Millisecond, Every: true}) {
			require.NoError(t, err)
			if seen = append(seen, n); len(seen) == 4 {
				break
			}
		}
		require.Equal(t, []int{want, want, want, want}, seen)
		require.NoError(t, v.Close())
	}
}

// The looks whether the object lives, once a second, are no notification.
func TestEveryWithoutAnIntervalWaitsForTheKernel(t *testing.T) {
	v := Of[int](At(mtuFile, Sysfs))
	defer v.Close()
	ctx, cancel := context.WithTimeout(t.Context(), lifeCheck+lifeCheck/2)
	defer cancel()
	var errs []error
	for _, err := range v.Watch(ctx, &WatchOptions{Every: true}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 2)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], context.DeadlineExceeded)
}

func TestANegativeIntervalIsNone(t *testing.T) {
	v := Of[int](folder(t, Sysfs, map[string]string{"a": "1\n"}).File("a"))
	defer v.Close()
	turns := 0
	for _, err := range v.Watch(t.Context(), &WatchOptions{Interval: -1, Every: true}) {
		require.ErrorIs(t, err, kernlink.ErrNotSupported)
		turns++
	}
	require.Equal(t, 1, turns)
}

func TestAWatchThatCannotBeginIsOneError(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	closed := Of[int](At(mtuFile, Sysfs))
	require.NoError(t, closed.Close())
	at := &WatchOptions{Interval: time.Millisecond}
	for what, tt := range map[string]struct {
		ctx  context.Context
		v    *Value[int]
		want error
	}{
		"ended":     {ended, Of[int](At(mtuFile, Sysfs)), context.Canceled},
		"closed":    {t.Context(), closed, fs.ErrClosed},
		"missing":   {t.Context(), Of[int](d.File("none")), fs.ErrNotExist},
		"no name":   {t.Context(), Of[int](d.File("..")), fs.ErrInvalid},
		"zero File": {t.Context(), Of[int](File{}), fs.ErrInvalid},
	} {
		before := openFiles(t)
		var errs []error
		for _, err := range tt.v.Watch(tt.ctx, at) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1, what)
		require.ErrorIs(t, errs[0], tt.want, what)
		require.NotErrorIs(t, errs[0], kernlink.ErrGone, what)
		require.Equal(t, before, openFiles(t), what)
	}
}

func TestAWatchThatWaitsIsEnded(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	for what, file := range map[string]File{"polled": At(mtuFile, Sysfs), "read at an interval": d.File("a")} {
		for _, interval := range []time.Duration{time.Hour, time.Millisecond} {
			before := openFiles(t)
			v := Of[int](file)
			var errs []error
			ctx := waitingThen(t.Context(), func() { v.Close() })
			for _, err := range v.Watch(ctx, &WatchOptions{Interval: interval}) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 2, what)
			require.NoError(t, errs[0], what)
			require.ErrorIs(t, errs[1], fs.ErrClosed, what)

			v = Of[int](file)
			canceled, cancel := context.WithCancel(t.Context())
			ctx = waitingThen(canceled, cancel)
			errs = nil
			for _, err := range v.Watch(ctx, &WatchOptions{Interval: interval}) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 2, what)
			require.ErrorIs(t, errs[1], context.Canceled, what)
			require.Equal(t, before, openFiles(t), what)
		}
	}
}

func TestClosingEndsAllWatchesOfAValue(t *testing.T) {
	v := Of[int](At(mtuFile, Sysfs))
	var began, ended sync.WaitGroup
	errs := make([]error, 3)
	began.Add(len(errs))
	for i := range errs {
		ended.Go(func() {
			for _, err := range v.Watch(waitingThen(t.Context(), began.Done), nil) {
				errs[i] = err
			}
		})
	}
	began.Wait()
	require.NoError(t, v.Close())
	ended.Wait()
	for _, err := range errs {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
}

// A folder that comes in the place of a file cannot be read: it stands for an
// attribute that has no value for a while.
func TestAValueThatIsLostAndComesBackIsToldEachTime(t *testing.T) {
	d := folder(t, &Policy{NoValue: []syscall.Errno{syscall.EISDIR}}, map[string]string{"a": "1\n"})
	path := filepath.Join(d.Path(), "a")
	put := func(text string) {
		require.NoError(t, os.RemoveAll(path))
		require.NoError(t, os.WriteFile(path+".new", []byte(text), 0o644))
		require.NoError(t, os.Rename(path+".new", path))
	}
	lose := func() {
		require.NoError(t, os.MkdirAll(path+".new", 0o755))
		require.NoError(t, os.Remove(path))
		require.NoError(t, os.Rename(path+".new", path))
	}
	v := Of[int](d.File("a"))
	defer v.Close()
	before := openFiles(t)
	var seen []string
	next := []func(){lose, func() { put("1\n") }, func() { put("x\n") }, lose, func() { put("2\n") }}
	// Nobody else reads while the loop's body runs, so no step is missed and
	// no step in between is seen.
	for n, err := range v.Watch(t.Context(), &WatchOptions{Interval: time.Millisecond}) {
		switch {
		case err == nil:
			seen = append(seen, strconv.Itoa(n))
		case errors.Is(err, kernlink.ErrNoValue):
			seen = append(seen, "no value")
		case errors.Is(err, ErrMalformed):
			seen = append(seen, "malformed")
		default:
			require.NoError(t, err)
		}
		if len(next) == 0 {
			break
		}
		next[0]()
		next = next[1:]
	}
	require.Equal(t, []string{"1", "no value", "1", "malformed", "no value", "2"}, seen)
	require.Equal(t, before, openFiles(t))
}

func TestEveryRepeatsThatThereIsNoValue(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/speed", Sysfs)) // never has one
	defer v.Close()
	turns := 0
	for _, err := range v.Watch(t.Context(), &WatchOptions{Interval: time.Millisecond, Every: true}) {
		require.ErrorIs(t, err, kernlink.ErrNoValue)
		if turns++; turns == 3 {
			break
		}
	}
	require.Equal(t, 3, turns)
}

func TestAWatchEndsWhenItsFileGoesWhileItWaits(t *testing.T) {
	d := folder(t, nil, map[string]string{"a": "1\n"})
	v := Of[int](d.File("a"))
	defer v.Close()
	before := openFiles(t)
	ctx := waitingThen(t.Context(), func() { os.Remove(v.File().Path()) })
	var errs []error
	for _, err := range v.Watch(ctx, &WatchOptions{Interval: time.Millisecond}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[1], kernlink.ErrGone)
	require.ErrorIs(t, errs[1], fs.ErrNotExist)
	require.Equal(t, before, openFiles(t))
}

// A thread is an object that goes while it is watched, long before the
// interval is over. The kernel wakes nobody for it.
func TestAWatchEndsWhenItsObjectGoesWhileItWaits(t *testing.T) {
	id, end := thread(t)
	d, err := OpenDir("/proc/self/task/"+strconv.Itoa(id), Procfs)
	require.NoError(t, err)
	defer d.Close()
	v := Of[string](d.File("comm"))
	defer v.Close()
	before := openFiles(t)
	ctx := waitingThen(t.Context(), end)
	var errs []error
	for _, err := range v.Watch(ctx, &WatchOptions{Interval: time.Hour}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 2)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], kernlink.ErrGone)
	require.ErrorIs(t, errs[1], syscall.ESRCH)
	require.Equal(t, before, openFiles(t))
}

// thread is one that lives until end is called. It is not the first of the
// process, which the runtime never ends.
func thread(t *testing.T) (id int, end func()) {
	t.Helper()
	for {
		ids, stop := make(chan int), make(chan struct{})
		go func() {
			runtime.LockOSThread() // and never unlock: the thread ends with this
			ids <- syscall.Gettid()
			<-stop
		}()
		if id := <-ids; id != os.Getpid() {
			return id, func() { close(stop) }
		}
		t.Cleanup(func() { close(stop) })
	}
}
