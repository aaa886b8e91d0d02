// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tree is a small /sys: files with their text, and links ("-> target").
var tree = map[string]string{
	"devices/pci0000:00/uevent":                 "",
	"devices/pci0000:00/0000:00:01.0/uevent":    "DRIVER=my_driver\nPCI_ID=1AF4:1000\n",
	"devices/pci0000:00/0000:00:01.0/config":    "\xf4\x1a\x00\x10",
	"devices/pci0000:00/0000:00:01.0/subsystem": "-> ../../../bus/pci",
	"devices/pci0000:00/0000:00:01.0/driver":    "-> ../../../bus/pci/drivers/my_driver",

	"devices/pci0000:00/0000:00:01.0/net/eth0/uevent":        "INTERFACE=eth0\nIFINDEX=2\n",
	"devices/pci0000:00/0000:00:01.0/net/eth0/mtu":           "1500\n",
	"devices/pci0000:00/0000:00:01.0/net/eth0/ifindex":       "2\n",
	"devices/pci0000:00/0000:00:01.0/net/eth0/address":       "52:54:00:12:34:56\n",
	"devices/pci0000:00/0000:00:01.0/net/eth0/subsystem":     "-> ../../../../../class/net",
	"devices/pci0000:00/0000:00:01.0/net/eth0/device":        "-> ../../../0000:00:01.0",
	"devices/pci0000:00/0000:00:01.0/net/eth0/statistics/rx": "7\n",

	"devices/virtual/mem/null/uevent":    "MAJOR=1\nMINOR=3\nDEVNAME=null\nDEVMODE=0666\n",
	"devices/virtual/mem/null/subsystem": "-> ../../../../class/mem",
	"devices/virtual/block/a/uevent":     "DEVNAME=mapper/a=b\nDEVTYPE=disk\n",
	"devices/virtual/gpio/chip0/uevent":  "EMPTY=\nTWICE=1\nTWICE=2\nno property\n=none\n",

	"bus/pci/drivers_autoprobe":              "1\n",
	"bus/pci/devices/0000:00:01.0":           "-> ../../../devices/pci0000:00/0000:00:01.0",
	"bus/pci/devices/dangling":               "-> ../../../devices/none",
	"bus/pci/drivers/my_driver/bind":         "",
	"bus/pci/drivers/my_driver/unbind":       "",
	"bus/pci/drivers/my_driver/module":       "-> ../../../../module/my_driver",
	"bus/pci/drivers/my_driver/0000:00:01.0": "-> ../../../../devices/pci0000:00/0000:00:01.0",
	"bus/pci/drivers/other/bind":             "",
	"bus/usb/drivers/of_usb/bind":            "",
	"module/my_driver/refcnt":                "0\n",

	// A stick with a partition, below a hub and folders that only sort.
	"devices/pci0000:00/usb1/uevent":                                 "DEVTYPE=usb_device\nDRIVER=usb\nMAJOR=189\nMINOR=0\n",
	"devices/pci0000:00/usb1/subsystem":                              "-> ../../../bus/usb",
	"devices/pci0000:00/usb1/1-2/uevent":                             "DEVTYPE=usb_device\nPRODUCT=781/5581/100\nMAJOR=189\nMINOR=4\n",
	"devices/pci0000:00/usb1/1-2/subsystem":                          "-> ../../../../bus/usb",
	"devices/pci0000:00/usb1/1-2/serial":                             "4C/53\n\n",
	"devices/pci0000:00/usb1/1-2/driver_override":                    "(null)\n",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/uevent":                     "DEVTYPE=usb_interface\n",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/subsystem":                  "-> ../../../../../bus/usb",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/uevent":           "MAJOR=8\nMINOR=0\nDEVNAME=sda\nDEVTYPE=disk\n",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/subsystem":        "-> ../../../../../../../class/block",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/queue/rotational": "0\n",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/sda1/uevent":      "MAJOR=8\nMINOR=1\nDEVNAME=sda1\nDEVTYPE=partition\n",
	"devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/sda1/subsystem":   "-> ../../../../../../../../class/block",
	"bus/usb/devices/usb1":                                           "-> ../../../devices/pci0000:00/usb1",
	"bus/usb/devices/1-2":                                            "-> ../../../devices/pci0000:00/usb1/1-2",
	"bus/usb/devices/1-2:1.0":                                        "-> ../../../devices/pci0000:00/usb1/1-2/1-2:1.0",
	"class/block/sda":                                                "-> ../../devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda",
	"class/block/sda1":                                               "-> ../../devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/sda1",
	"dev/block/8:0":                                                  "-> ../../devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda",
	"dev/block/8:1":                                                  "-> ../../devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/sda1",
	"dev/block/8:2":                                                  "-> ../../devices/pci0000:00/usb1/1-2/1-2:1.0/block/sda/sda1", // not its number
	"dev/block/8:3":                                                  "-> ../../devices/pci0000:00/none",
	"dev/char/1:3":                                                   "-> ../../devices/virtual/mem/null",

	"bus/gpio/devices/gpiochip0": "-> ../../../devices/virtual/gpio/chip0",

	"class/gpio/chip0":          "-> ../../devices/virtual/gpio/chip0",
	"class/net/eth0":            "-> ../../devices/pci0000:00/0000:00:01.0/net/eth0",
	"class/net/bonding_masters": "\n",
	"class/mem/null":            "-> ../../devices/virtual/mem/null",
	"class/block/a":             "-> ../../devices/virtual/block/a",

	"kernel/out":      "-> ../../etc",
	"kernel/absolute": "-> /etc",
	"kernel/round":    "-> round",
	"kernel/mm/x":     "1\n",
}

func fixture(t testing.TB, files map[string]string) (*FS, string) {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		add(t, root, name, text)
	}
	f, err := OpenAt(root, nil)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f, root
}

func add(t testing.TB, root, name, text string) {
	t.Helper()
	name = filepath.Join(root, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	if target, ok := cutArrow(text); ok {
		require.NoError(t, os.Symlink(target, name))
		return
	}
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

func cutArrow(text string) (string, bool) {
	if len(text) > 3 && text[:3] == "-> " {
		return text[3:], true
	}
	return "", false
}
