// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/kerneltest"
)

// turn is what some do again and again while others do other things.
type turn struct {
	name string
	do   func(i int) error
	may  []error // how it may fail

	all, fine atomic.Int64
}

// gone is what may be said of an item that others remove.
var gone = []error{fs.ErrNotExist, kernlink.ErrGone}

// storm lets two take each turn until each got through so many times.
func storm(t *testing.T, times int64, turns ...*turn) {
	var wg sync.WaitGroup
	var over atomic.Bool
	defer time.AfterFunc(2*time.Minute, func() { over.Store(true) }).Stop()
	through := func() bool {
		for _, u := range turns {
			if u.fine.Load() < times {
				return false
			}
		}
		return true
	}
	for _, u := range turns {
		for _, stride := range []int{1, 3} {
			wg.Go(func() {
				for i := 0; !over.Load() && !through(); i += stride {
					u.take(t, i)
					runtime.Gosched() // or the quick ones have had all their turns before the others had one
				}
			})
		}
	}
	wg.Wait()
	for _, u := range turns {
		t.Logf("%s: %d turns of %d got through", u.name, u.fine.Load(), u.all.Load())
		require.GreaterOrEqual(t, u.fine.Load(), times, u.name)
	}
}

func (u *turn) take(t *testing.T, i int) {
	err := u.do(i)
	u.all.Add(1)
	if err == nil {
		u.fine.Add(1)
		return
	}
	if e, ok := errors.AsType[*kernlink.Error](err); !ok || e.Channel != "configfs" {
		t.Errorf("%s: not an error of the package: %v", u.name, err)
	}
	for _, may := range u.may {
		if errors.Is(err, may) {
			return
		}
	}
	t.Errorf("%s: %v", u.name, err)
}

func TestManyUseItemsWhileTheyComeAndGo(t *testing.T) {
	f, group := ex(t, "sets=2")
	hub := create(t, group, "hub")
	name := func(i int) string { return fmt.Sprint("n", i%4) }
	with := func(use func(*configfs.Node) error) func(int) error {
		return func(i int) error {
			n, err := group.Child(name(i))
			if err != nil {
				return err
			}
			defer n.Close()
			return use(n)
		}
	}
	busy := append([]error{kernlink.ErrBusy, fs.ErrExist}, gone...)
	storm(t, 25,
		&turn{name: "create", may: []error{fs.ErrExist, kernlink.ErrGone}, do: func(i int) error {
			n, err := group.Create(name(i))
			if err != nil {
				return err
			}
			return n.Close()
		}},
		&turn{name: "remove", may: busy, do: with((*configfs.Node).Remove)},
		&turn{name: "remove all", may: busy, do: func(i int) error {
			n, err := group.Child(name(i))
			if err != nil {
				return err
			}
			if err = n.RemoveAll(); err != nil {
				n.Close()
			}
			return err
		}},
		&turn{name: "link", may: busy, do: func(i int) error {
			return with(func(n *configfs.Node) error { return hub.Link("to_"+name(i), n) })(i)
		}},
		&turn{name: "unlink", may: gone, do: func(i int) error { return hub.Unlink("to_" + name(i)) }},
		&turn{name: "attributes", may: gone, do: with(func(n *configfs.Node) error {
			if err := attr.Set(n.Attr("number"), 7); err != nil {
				return err
			}
			if _, err := attr.Get[int](n.Attr("number")); err != nil {
				return err
			}
			if err := n.Binary("blob").Write([]byte("some")); err != nil {
				return err
			}
			_, err := n.Binary("blob").Read()
			return err
		})},
		&turn{name: "below", may: busy, do: with(func(n *configfs.Node) error {
			c, err := n.Create("below")
			if err != nil {
				return err
			}
			err = c.Remove()
			c.Close()
			return err
		})},
		&turn{name: "lists", do: func(int) error { return useLists(f, group, hub) }},
		&turn{name: "export", may: gone, do: func(int) error { _, err := f.Export("configfs_ex"); return err }},
		&turn{name: "plan", may: append([]error{fs.ErrExist, kernlink.ErrBusy, unix.EBUSY}, gone...), do: func(i int) error {
			p, err := f.Plan(configfs.Item{Path: "configfs_ex/" + name(i), Set: []configfs.Attr{{"number", i}},
				Items: []configfs.Item{{Path: "set1/leaf", Set: []configfs.Attr{{"text", "x"}}}}})
			if err != nil {
				return err
			}
			return p.Apply(t.Context())
		}},
	)
	for i := range 4 {
		sweep(t, f, "configfs_ex/"+name(i))
	}
}

// useLists has no error that it may meet: what comes and goes is not one.
func useLists(f *configfs.FS, group, hub *configfs.Node) error {
	for n, err := range group.Children() {
		if err != nil {
			return err
		}
		for _, err := range n.Attrs() {
			if err != nil && !errors.Is(err, kernlink.ErrGone) {
				return err
			}
		}
		kept, err := n.Open()
		if err == nil {
			kept.Gone()
			kept.Close()
		} else if !errors.Is(err, kernlink.ErrGone) {
			return err
		}
	}
	for _, err := range hub.Links() {
		if err != nil {
			return err
		}
	}
	for _, err := range f.Subsystems() {
		if err != nil {
			return err
		}
	}
	_, err := hub.Holders()
	return err
}

// One handle, many goroutines, and the item goes under all of them at once.
func TestManyShareAHandleWhoseItemIsRemoved(t *testing.T) {
	_, group := ex(t, "")
	for round := range 20 {
		a, err := group.Create("shared")
		require.NoError(t, err)
		value := attr.Of[int](a.Attr("number"))
		var working, all sync.WaitGroup
		var removals atomic.Int32
		for i := range 8 {
			working.Add(1)
			all.Go(func() {
				used := sync.OnceFunc(working.Done)
				defer used()
				for turns := 0; ; turns++ {
					err := value.Set(i)
					if err == nil {
						_, err = value.Get()
					}
					if err != nil {
						if turns < 5 || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrClosed) {
							t.Errorf("round %d, turn %d: %v", round, turns, err)
						}
						return
					}
					if turns == 5 {
						used()
					}
				}
			})
		}
		working.Wait()
		for range 4 { // one of them removes it
			all.Go(func() {
				err := a.Remove()
				if err == nil {
					removals.Add(1)
				} else if !errors.Is(err, kernlink.ErrGone) && !errors.Is(err, fs.ErrClosed) {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 1, removals.Load())
		require.NoError(t, value.Close())
		require.ErrorIs(t, a.Close(), fs.ErrClosed)
	}
	require.Zero(t, nodes(t))
}

// cycles is how often items are made and removed.
const cycles = 10_000

func TestTenThousandCyclesLeaveNothingBehind(t *testing.T) {
	f, group := ex(t, "")
	peer := create(t, group, "peer")
	cycle := func(i int) {
		a, err := group.Create("cycle" + strconv.Itoa(i%7))
		require.NoError(t, err)
		if i%10 == 0 { // what costs more
			require.NoError(t, attr.Set(a.Attr("number"), i))
			require.NoError(t, a.Link("peer", peer))
			require.NoError(t, peer.Link("back", a))
			require.NoError(t, a.RemoveAll())
			return
		}
		require.NoError(t, a.Remove())
	}
	for i := range 200 { // what is made once and kept
		cycle(i)
	}
	before := slabs(t)
	for i := range cycles {
		cycle(i)
	}
	after := slabs(t)
	require.Equal(t, 1, nodes(t))
	for name, n := range after {
		// One object that is left in each cycle would be 10,000.
		require.Less(t, n-before[name], cycles/10, "%s: %d objects, and there were %d", name, n, before[name])
	}
	t.Logf("%d caches; dentry %+d, configfs_dir_cache %+d, inode_cache %+d, kmalloc-8k %+d objects", len(after),
		after["dentry"]-before["dentry"], after["configfs_dir_cache"]-before["configfs_dir_cache"],
		after["inode_cache"]-before["inode_cache"], after["kmalloc-8k"]-before["kmalloc-8k"])
	_, err := f.Export("configfs_ex")
	require.NoError(t, err)
}

func TestPinsThatComeAndGoLeaveNothingBehind(t *testing.T) {
	f := open(t, "gpio_pwm", nil)
	group := subsystem(t, f, "gpio_pwm")
	cycle := func(i int) {
		pin, err := group.Create(strconv.Itoa(i % 1024))
		require.NoError(t, err)
		require.NoError(t, pin.Remove())
	}
	for i := range 100 {
		cycle(i)
	}
	before := slabs(t)
	const pins = 3000 // a device costs more than an item
	for i := range pins {
		cycle(i)
	}
	for name, n := range slabs(t) {
		// A slab that a CPU works on counts as full.
		require.Less(t, n-before[name], pins/2, "%s: %d objects, and there were %d", name, n, before[name])
	}
	devices, err := os.ReadDir("/sys/class/pwm")
	require.NoError(t, err)
	require.Empty(t, devices)
}

// slabs is how many objects of each kind the kernel has, after it gave back
// what it only keeps in case.
func slabs(t testing.TB) map[string]int {
	t.Helper()
	kerneltest.Require(t, kerneltest.Root)
	unix.Sync()
	require.NoError(t, os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0))
	// What is freed by RCU takes a while; the kernel's own barrier for it is
	// that of a filesystem that goes.
	point := t.TempDir()
	require.NoError(t, unix.Mount("none", point, "tmpfs", 0, ""))
	require.NoError(t, unix.Unmount(point, 0))
	shrinks, err := filepath.Glob("/sys/kernel/slab/*/shrink")
	require.NoError(t, err)
	for _, name := range shrinks {
		_ = os.WriteFile(name, []byte("1"), 0) // the caches that are gone by now
	}
	text, err := os.ReadFile("/proc/slabinfo")
	require.NoError(t, err)
	all := map[string]int{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] == "#" || fields[0] == "slabinfo" {
			continue
		}
		n, err := strconv.Atoi(fields[1])
		require.NoError(t, err)
		all[fields[0]] = n
	}
	require.NotEmpty(t, all)
	return all
}
