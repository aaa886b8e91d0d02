// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysfs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/sysfs"
)

// turn is what some do again and again with a device.
type turn struct {
	name string
	do   func(device string) error
	may  []error // how it may fail

	all, fine atomic.Int64 // turns, and those that did not fail
}

// Who uses a device while others add, remove, bind and unbind it, has an error
// of those that the documentation names, or none. A device on its way out
// loses its files and links one by one, before its folder: for that moment
// they are missing, and it is not gone yet.
func TestManyUseTheDevicesOfABusWhileTheyComeAndGo(t *testing.T) {
	b := loadBus(t, 3)
	driver := b.driver(t)
	withDevice := func(use func(*sysfs.Device) error) func(string) error {
		return func(name string) error {
			dev, err := b.fs.Device("my_bus", name)
			if err != nil {
				return err
			}
			defer dev.Close()
			return use(dev)
		}
	}
	gone := []error{fs.ErrNotExist, kernlink.ErrGone}
	all := []*turn{
		{name: "add", may: []error{fs.ErrExist}, do: func(name string) error { return attr.Set(b.Attr("add"), name) }},
		{name: "remove", may: []error{syscall.ENODEV}, do: func(name string) error { return attr.Set(b.Attr("remove"), name) }},
		{name: "bind", may: append(gone, kernlink.ErrBusy, syscall.ENODEV, syscall.EAGAIN), do: withDevice(driver.Bind)},
		{name: "unbind", may: append(gone, syscall.ENODEV), do: withDevice(driver.Unbind)},
		{name: "attributes", may: gone, do: withDevice(useValue)},
		{name: "place", may: gone, do: withDevice(usePlace)},
		{name: "lists", do: func(string) error { return useLists(b, driver) }},
		{name: "wait", may: []error{context.DeadlineExceeded}, do: func(name string) error {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Millisecond)
			defer cancel()
			dev, err := b.fs.WaitDevice(ctx, "my_bus", name)
			if err != nil {
				return err
			}
			return dev.Close()
		}},
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	for _, turn := range all {
		for _, stride := range []int{1, 3} {
			wg.Go(func() {
				for i := 0; ctx.Err() == nil && !enough(all); i += stride {
					turn.take(t, fmt.Sprintf("my%d", i%5))
					runtime.Gosched() // or the quick ones have had all their turns before the others had one
				}
			})
		}
	}
	wg.Wait()
	for _, turn := range all {
		t.Logf("%s: %d turns of %d got through", turn.name, turn.fine.Load(), turn.all.Load())
		require.GreaterOrEqual(t, turn.fine.Load(), int64(fineTurns), turn.name)
	}
}

// fineTurns is how often each has to get through.
const fineTurns = 150

func enough(all []*turn) bool {
	for _, turn := range all {
		if turn.fine.Load() < fineTurns {
			return false
		}
	}
	return true
}

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
	defer parent.Close()
	if parent.Name() != "my_bus" {
		return fmt.Errorf("a child of %v", parent)
	}
	driver, err := dev.Driver()
	if err != nil {
		return err
	}
	return driver.Close()
}

// useLists has no error that it may meet: what comes and goes is not one.
func useLists(b myBus, driver *sysfs.Driver) error {
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
