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
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	for what, file := range bothKinds(d) {
		v := Of[int](file)
		turns := 0
		for _, err := range v.Watch(soon(t), &WatchOptions{Interval: time.Hour}) {
			if turns++; turns == 1 {
				require.NoError(t, err)
				require.NoError(t, v.Close())
				continue
			}
			require.ErrorIs(t, err, fs.ErrClosed, what)
		}
		require.Equal(t, 2, turns, what)
	}
}

// bothKinds are a file whose watch sleeps on the runtime's poller, and one
// that cannot be polled.
func bothKinds(d *Dir) map[string]File {
	return map[string]File{"polled": At(mtuFile, Sysfs), "read at an interval": d.File("a")}
}

// soon is a context that ends a watch that is not ended otherwise.
func soon(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
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

// The looks whether the object lives are no notification. Nor is it one that a
// file was never read, as the one is that an ordinary file's policy keeps open.
func TestEveryWithoutAnIntervalWaitsForTheKernel(t *testing.T) {
	LookForLifeEach(t, time.Millisecond)
	for what, policy := range map[string]*Policy{"kept": Sysfs, "read anew": nil} {
		v := Of[int](At(mtuFile, policy))
		defer v.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		var errs []error
		for _, err := range v.Watch(ctx, &WatchOptions{Every: true}) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 2, what)
		require.NoError(t, errs[0], what)
		require.ErrorIs(t, errs[1], context.DeadlineExceeded, what)
	}
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
	LookForLifeEach(t, time.Hour) // nothing but the end itself wakes it
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	for what, file := range bothKinds(d) {
		for _, interval := range []time.Duration{time.Hour, time.Millisecond} {
			before := openFiles(t)
			v := Of[int](file)
			var errs []error
			ctx := waitingThen(soon(t), func() { v.Close() })
			for _, err := range v.Watch(ctx, &WatchOptions{Interval: interval}) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 2, what)
			require.NoError(t, errs[0], what)
			require.ErrorIs(t, errs[1], fs.ErrClosed, what)

			v = Of[int](file)
			canceled, cancel := context.WithCancel(soon(t))
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

// The Close comes from beside them, and from the body of one, at whatever
// point the others are.
func TestClosingEndsAllWatchesOfAValue(t *testing.T) {
	LookForLifeEach(t, time.Hour)
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	before := openFiles(t)
	for what, file := range bothKinds(d) {
		for range 100 {
			v := Of[int](file)
			var began, ended sync.WaitGroup
			errs := make([]error, 3)
			began.Add(len(errs))
			for i := range errs {
				ended.Go(func() {
					for _, err := range v.Watch(waitingThen(soon(t), began.Done), &WatchOptions{Interval: time.Hour}) {
						errs[i] = err
					}
				})
			}
			began.Wait()
			var own []error // the others still write theirs
			for _, err := range v.Watch(soon(t), &WatchOptions{Interval: time.Hour}) {
				if own = append(own, err); err == nil {
					require.NoError(t, v.Close())
				}
			}
			ended.Wait()
			require.Len(t, own, 2, what)
			require.NoError(t, own[0], what)
			for _, err := range append(errs, own[1]) {
				require.ErrorIs(t, err, fs.ErrClosed, what)
			}
			require.Empty(t, v.watches, what)
		}
	}
	require.Equal(t, before, openFiles(t))
}

// A watch that ended is none that Close has to end.
func TestAWatchThatEndedIsForgotten(t *testing.T) {
	d := folder(t, Sysfs, map[string]string{"a": "1\n"})
	for what, file := range bothKinds(d) {
		v := Of[int](file)
		for range v.Watch(soon(t), &WatchOptions{Interval: time.Hour}) {
			require.Len(t, v.watches, 1, what)
			break
		}
		require.Empty(t, v.watches, what)
		require.NoError(t, v.Close())
	}
}

// The last item is the error that ended the loop, also when there was one, and
// no value, before.
func TestAWatchWithoutAValueIsToldOfItsEnd(t *testing.T) {
	v := Of[int](At("/sys/class/net/lo/speed", Sysfs)) // never has one
	var errs []error
	for _, err := range v.Watch(soon(t), nil) {
		if errs = append(errs, err); len(errs) == 1 {
			require.NoError(t, v.Close())
		}
	}
	require.Len(t, errs, 2)
	require.ErrorIs(t, errs[0], kernlink.ErrNoValue)
	require.ErrorIs(t, errs[1], fs.ErrClosed)
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

// An ordinary file that was removed and is kept open can still be read, and it
// is gone as the kernel's own is that cannot.
func TestAWatchOfAFolderThatStandsForTheKernelEndsWithIt(t *testing.T) {
	for what, tt := range map[string]struct {
		remove         func(dir string) error
		interval, look time.Duration
	}{
		"the folder, at the interval":   {os.RemoveAll, time.Millisecond, time.Hour},
		"the folder, between intervals": {os.RemoveAll, time.Hour, time.Millisecond},
		"the file, at the interval":     {removeIn, time.Millisecond, time.Hour},
		"the file, between intervals":   {removeIn, time.Hour, time.Millisecond},
	} {
		LookForLifeEach(t, tt.look)
		for _, policy := range []*Policy{Sysfs, Sysctl, Procfs, Param, nil} {
			d := folder(t, policy, map[string]string{"object/a": "1\n"})
			object, err := d.OpenDir("object")
			require.NoError(t, err)
			v := Of[int](object.File("a"))
			var errs []error
			ctx := waitingThen(soon(t), func() { tt.remove(object.Path()) })
			for _, err := range v.Watch(ctx, &WatchOptions{Interval: tt.interval}) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 2, what)
			require.NoError(t, errs[0], what)
			require.ErrorIs(t, errs[1], kernlink.ErrGone, what)
			require.ErrorIs(t, errs[1], fs.ErrNotExist, what)
			require.NoError(t, v.Close())
			require.NoError(t, object.Close())
		}
	}
}

func removeIn(dir string) error { return os.Remove(filepath.Join(dir, "a")) }

// A network device that gets another name is the same object, and the path
// that it was found at leads nowhere.
func TestAWatchGoesOnWhenItsFolderGetsAnotherName(t *testing.T) {
	LookForLifeEach(t, time.Millisecond)
	d := folder(t, Sysfs, map[string]string{"old/a": "1\n"})
	object, err := d.OpenDir("old")
	require.NoError(t, err)
	defer object.Close()
	v := Of[int](object.File("a"))
	defer v.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range v.Watch(ctx, &WatchOptions{Interval: time.Hour, Every: true}) {
		if errs = append(errs, err); len(errs) == 1 {
			require.NoError(t, os.Rename(object.Path(), filepath.Join(d.Path(), "new")))
			require.False(t, object.Gone(), "it is the same")
			time.AfterFunc(100*time.Millisecond, cancel) // time for a turn that nobody asked for
		}
	}
	require.Len(t, errs, 2)
	require.NoError(t, errs[0])
	require.ErrorIs(t, errs[1], context.Canceled)
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
