// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysfs"
)

// turn is what some do again and again with a device.
type turn struct {
	name string
	do   func(device string) error
	may  []error // how it may fail

	all, fine atomic.Int64 // turns, and those that did not fail
}

// gone is what may be said of a device that others remove. The kernel takes it
// apart piece by piece: for a moment a file or a link of it is missing, and the
// device is not gone yet.
var gone = []error{fs.ErrNotExist, kernlink.ErrGone}

// turnsOn are the turns on a bus. open gives a driver that a turn closes.
func turnsOn(b myBus, open func() (*sysfs.Driver, error)) []*turn {
	withDevice := func(use func(*sysfs.Device) error) func(string) error {
		return func(name string) error {
			dev, err := b.Device(name)
			if err != nil {
				return err
			}
			defer dev.Close()
			return use(dev)
		}
	}
	withDriver := func(use func(*sysfs.Driver, *sysfs.Device) error) func(string) error {
		return withDevice(func(dev *sysfs.Device) error {
			driver, err := open()
			if err != nil {
				return err
			}
			defer driver.Close()
			return use(driver, dev)
		})
	}
	return []*turn{
		{name: "add", may: []error{fs.ErrExist}, do: func(name string) error { return attr.Set(b.Attr("add"), name) }},
		{name: "remove", may: []error{syscall.ENODEV}, do: func(name string) error { return attr.Set(b.Attr("remove"), name) }},
		{name: "bind", may: slices.Concat(gone, []error{kernlink.ErrBusy, syscall.ENODEV, syscall.EAGAIN}), do: withDriver((*sysfs.Driver).Bind)},
		{name: "unbind", may: slices.Concat(gone, []error{syscall.ENODEV}), do: withDriver((*sysfs.Driver).Unbind)},
		{name: "attributes", may: gone, do: withDevice(useValue)},
		{name: "place", may: gone, do: withDevice(usePlace)},
		{name: "scan", do: func(string) error { return useScan(b) }},
		{name: "family", may: gone, do: withDevice(useFamily)},
		{name: "trigger", may: gone, do: withDevice(func(dev *sysfs.Device) error {
			_, err := dev.Trigger("change", nil)
			return err
		})},
		{name: "lists", do: func(string) error { return useLists(b, open) }},
		{name: "wait", may: []error{context.DeadlineExceeded}, do: func(name string) error {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Millisecond)
			defer cancel()
			dev, err := b.WaitDevice(ctx, name)
			if err != nil {
				return err
			}
			return dev.Close()
		}},
	}
}

// storm lets two take each turn, over and over, until use returns. use may wait
// until each turn has got through so many times more.
func storm(t *testing.T, turns []*turn, use func(through func(times int64))) {
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	progress := make(chan struct{}, 1)
	var wg sync.WaitGroup
	for _, turn := range turns {
		for _, stride := range []int{1, 3} {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil; i += stride {
					turn.take(t, fmt.Sprintf("my%d", i%5))
					select {
					case progress <- struct{}{}:
					default:
					}
					runtime.Gosched() // or the quick ones have had all their turns before the others had one
				}
			})
		}
	}
	defer func() {
		end()
		wg.Wait()
		for _, turn := range turns {
			t.Logf("%s: %d turns of %d got through", turn.name, turn.fine.Load(), turn.all.Load())
		}
	}()
	use(func(times int64) {
		goals := make([]int64, len(turns))
		for i, turn := range turns {
			goals[i] = turn.fine.Load() + times
		}
		for i, turn := range turns {
			for turn.fine.Load() < goals[i] {
				select {
				case <-progress:
				case <-ctx.Done():
					require.FailNow(t, "it never got through", turn.name)
				}
			}
		}
	})
}

// take has one turn, and says so when it fails in a way that it may not.
func (u *turn) take(t *testing.T, device string) {
	err := u.do(device)
	u.all.Add(1)
	if err == nil {
		u.fine.Add(1)
		return
	}
	if e, ok := errors.AsType[*kernlink.Error](err); !ok || e.Channel != "sysfs" {
		t.Errorf("%s %s: not an error of the package: %v", u.name, device, err)
	}
	for _, may := range u.may {
		if errors.Is(err, may) {
			return
		}
	}
	t.Errorf("%s %s: %v", u.name, device, err)
}

// Who uses a device while others add, remove, bind and unbind it, has an error
// of those that the documentation names, or none.
func TestManyUseTheDevicesOfABusWhileTheyComeAndGo(t *testing.T) {
	b := loadBus(t, 3)
	driver := b.driver(t)
	storm(t, turnsOn(b, driver.Open), func(through func(int64)) { through(40) })
}

func TestManyUseABusWhileItsModuleIsUnloaded(t *testing.T) {
	f := open(t)
	b := myBus{Bus: f.Bus("my_bus"), fs: f}
	turns := turnsOn(b, func() (*sysfs.Driver, error) { return b.Driver("my_driver") })
	for _, turn := range turns {
		turn.may = slices.Concat(turn.may, gone)
	}
	turns[0].may = append(turns[0].may, syscall.ESHUTDOWN) // what the module says on its way out
	storm(t, turns, func(through func(int64)) {
		for i := range 5 {
			t.Run(fmt.Sprint("round ", i), func(t *testing.T) {
				kerneltest.Load(t, "sysfs_bus", nil) // until the end of the round
				through(2)
			})
		}
	})
}

// useValue reads and writes the value of a device, once and through a handle.
func useValue(dev *sysfs.Device) error {
	value := attr.Of[int](dev.Attr("value"))
	defer value.Close()
	for i := range 3 {
		if err := value.Set(i); err != nil {
			return err
		}
		if _, err := value.Get(); err != nil {
			return err
		}
		if _, err := dev.Attr("uevent").Read(); err != nil {
			return err
		}
	}
	return nil
}

func usePlace(dev *sysfs.Device) error {
	if subsystem, err := dev.Subsystem(); err != nil {
		return err
	} else if subsystem != "my_bus" {
		return fmt.Errorf("a device of %q", subsystem)
	}
	parent, err := dev.Parent()
	if err != nil {
		return err
	}
	if parent.Name() != "my_bus" {
		return fmt.Errorf("a child of %v", parent)
	}
	if _, err := dev.DriverName(); err != nil {
		return err
	}
	if _, err := dev.Properties(); err != nil {
		return err
	}
	_, err = dev.Driver()
	return err
}

// useScan has no error that it may meet, whatever it looks at.
func useScan(b myBus) error {
	for _, filter := range []*sysfs.Filter{
		{Subsystems: []string{"my_bus"}},
		{Subsystems: []string{"my_bus"}, Driver: "my_driver", Attrs: map[string]string{"value": "*"}, Properties: map[string]string{"MY_NAME": "my*"}},
	} {
		last := ""
		for dev, err := range b.fs.Devices(filter) {
			if err != nil {
				return err
			}
			if dev.Path() <= last {
				return fmt.Errorf("%s after %s", dev.Path(), last)
			}
			last = dev.Path()
		}
	}
	return nil
}

func useFamily(dev *sysfs.Device) error {
	for _, err := range dev.Devices() {
		if err != nil {
			return err
		}
	}
	root, err := dev.FindParent("", "")
	if err != nil {
		return err
	}
	for _, err := range root.Devices() {
		if err != nil {
			return err
		}
	}
	_, err = dev.FindParent("nobody", "")
	if missing := errors.Is(err, fs.ErrNotExist); !missing {
		return fmt.Errorf("a parent of nobody: %v", err)
	}
	return nil
}

// useLists has no error that it may meet: what comes and goes is not one.
func useLists(b myBus, open func() (*sysfs.Driver, error)) error {
	for dev, err := range b.Devices() {
		if err != nil {
			return err
		}
		kept, err := dev.Open()
		if err != nil {
			return err
		}
		kept.Gone()
		kept.Close()
	}
	driver, err := open()
	if err != nil {
		return err
	}
	defer driver.Close()
	for _, err := range driver.Devices() {
		if err != nil {
			return err
		}
	}
	for _, err := range b.Drivers() {
		if err != nil {
			return err
		}
	}
	root, err := b.fs.Object("devices/my_bus")
	if err != nil {
		return err
	}
	defer root.Close()
	for _, err := range root.Walk() {
		if err != nil {
			return err
		}
	}
	return nil
}

// One device, many goroutines: whatever they ask of it, it is of it, and its
// descriptors are few.
func TestManyShareADevice(t *testing.T) {
	b := loadBus(t, 2)
	dev := b.device(t, "my0")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				for _, use := range []func(*sysfs.Device) error{useValue, usePlace, useFamily} {
					if err := use(dev); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	require.Equal(t, "my0", dev.Name())
}

// One handle, many goroutines: its descriptors are opened once, and all are
// gone with the device.
func TestManyShareAHandleOnAValue(t *testing.T) {
	b := loadBus(t, 1)
	value := attr.Of[int](b.device(t, "my0").Attr("value"))
	defer value.Close()
	var working, all sync.WaitGroup
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
					if turns < 20 || !errors.Is(err, kernlink.ErrGone) {
						t.Errorf("turn %d: %v", turns, err)
					}
					return
				}
				if turns == 20 {
					used()
				}
			}
		})
	}
	working.Wait()
	b.remove(t, "my0")
	all.Wait()
}
