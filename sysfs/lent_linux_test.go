// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// openBelow counts the descriptors that lead into a folder.
func openBelow(t *testing.T, root string) int {
	t.Helper()
	fds, err := filepath.Glob("/proc/self/fd/*")
	require.NoError(t, err)
	n := 0
	for _, fd := range fds {
		target, err := os.Readlink(fd)
		if err != nil {
			continue // that of the listing
		}
		if within, err := filepath.Rel(root, target); err == nil && filepath.IsLocal(within) {
			n++
		}
	}
	return n
}

func TestADeviceClosesWhatItLedTo(t *testing.T) {
	f, root := fixture(t, tree)
	require.Equal(t, 1, openBelow(t, root), "the root")
	eth0, err := f.Device("net", "eth0")
	require.NoError(t, err)
	parent, err := eth0.Parent()
	require.NoError(t, err)
	host, err := parent.Parent()
	require.NoError(t, err)
	driver, err := parent.Driver()
	require.NoError(t, err)
	require.Equal(t, 5, openBelow(t, root))
	require.NoError(t, driver.Close(), "does nothing")
	require.NoError(t, parent.Close())
	require.True(t, has(driver.dir, "bind"))
	kept, err := driver.Open()
	require.NoError(t, err)

	require.NoError(t, eth0.Close())
	require.ErrorIs(t, eth0.Close(), fs.ErrClosed)
	for _, err := range []error{
		attr.Set(parent.Attr("uevent"), "add"), attr.Set(host.Attr("uevent"), "add"), attr.Set(driver.Attr("bind"), "x"),
	} {
		require.ErrorIs(t, err, fs.ErrClosed)
	}
	_, err = parent.Driver()
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = driver.Open()
	require.ErrorIs(t, err, fs.ErrClosed)
	require.Equal(t, 2, openBelow(t, root))
	require.True(t, has(kept.dir, "bind"), "it is its own")
	require.NoError(t, kept.Close())
	require.ErrorIs(t, kept.Close(), fs.ErrClosed)
	require.Equal(t, 1, openBelow(t, root))
}

func TestALoopClosesWhatItsDevicesLedTo(t *testing.T) {
	f, root := fixture(t, tree)
	var driver *Driver
	for range 3 {
		for dev, err := range f.Bus("pci").Devices() {
			require.NoError(t, err)
			driver, err = dev.Driver()
			require.NoError(t, err)
			require.Equal(t, "my_driver", driver.Name())
			_, err = dev.Parent()
			require.NoError(t, err)
			break
		}
		require.Equal(t, 1, openBelow(t, root))
	}
	_, err := driver.Open()
	require.ErrorIs(t, err, fs.ErrClosed)
	require.Equal(t, "my_driver", driver.Name(), "a name can be kept")
}

func TestAskingOftenOpensOnce(t *testing.T) {
	f, root := fixture(t, tree)
	dev, err := f.Bus("pci").Device("0000:00:01.0")
	require.NoError(t, err)
	defer dev.Close()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				driver, err := dev.Driver()
				if err == nil {
					_, err = attr.Get[string](driver.Attr("bind"))
				}
				if err == nil {
					_, err = dev.Parent()
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	require.Equal(t, 4, openBelow(t, root), "the root, the device, its parent and its driver")
	_, err = dev.DriverName()
	require.NoError(t, err)
	require.Equal(t, 4, openBelow(t, root))
}

// The device is given to another driver, and the first one goes and comes
// again: each handle stays that of the driver that it was.
func TestADriverThatWasLentStaysTheOneItIs(t *testing.T) {
	f, root := fixture(t, tree)
	dev, err := f.Bus("pci").Device("0000:00:01.0")
	require.NoError(t, err)
	defer dev.Close()
	first, err := dev.Driver()
	require.NoError(t, err)

	link := filepath.Join(root, dev.Path(), "driver")
	require.NoError(t, os.Remove(link))
	add(t, root, dev.Path()+"/driver", "-> ../../../bus/pci/drivers/other")
	other, err := dev.Driver()
	require.NoError(t, err)
	require.Equal(t, "other", other.Name())
	name, err := dev.DriverName()
	require.NoError(t, err)
	require.Equal(t, "other", name)
	require.Equal(t, "my_driver", first.Name())
	require.NoError(t, first.Unbind(dev))

	require.NoError(t, os.RemoveAll(filepath.Join(root, first.Path())))
	add(t, root, first.Path()+"/bind", "")
	require.NoError(t, os.Remove(link))
	add(t, root, dev.Path()+"/driver", "-> ../../../bus/pci/drivers/my_driver")
	again, err := dev.Driver()
	require.NoError(t, err)
	require.False(t, again.Gone())
	require.True(t, first.Gone())
	require.ErrorIs(t, first.Bind(dev), kernlink.ErrGone)
	require.NoError(t, again.Bind(dev))
	require.Equal(t, 5, openBelow(t, root))
	require.NoError(t, dev.Close())
	require.Equal(t, 1, openBelow(t, root))
}

func TestWhatIsLentTooLateIsClosed(t *testing.T) {
	f, root := fixture(t, tree)
	dev, err := f.Bus("pci").Device("0000:00:01.0")
	require.NoError(t, err)
	driver, err := dev.follow("driver", "driver") // and before it is lent:
	require.NoError(t, err)
	require.NoError(t, dev.Close())
	_, err = dev.lent.lend(driver)
	require.ErrorIs(t, err, fs.ErrClosed)
	require.Equal(t, 1, openBelow(t, root))
}
