// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
)

// An ordinary folder stands for a device here, as it may in a test of yours.
func Example() {
	folder, err := os.MkdirTemp("", "device")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for name, text := range map[string]string{"mtu": "1500\n", "flags": "0x1003\n", "comp": "lzo [lz4]\n"} {
		os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)
	}

	device, err := attr.OpenDir(folder, attr.Sysfs)
	if err != nil {
		log.Fatal(err)
	}
	defer device.Close()

	mtu := attr.Of[int](device.Attr("mtu")) // opens on first use, stays open
	defer mtu.Close()
	n, err := mtu.Get()
	fmt.Println(n, err)
	fmt.Println(mtu.Set(9000))
	n, err = mtu.Get()
	fmt.Println(n, err)

	var some struct {
		Flags uint32        `attr:"flags,hex"`
		Comp  attr.Selector `attr:"comp"`
		Speed *int          `attr:"speed"` // nil: it has none now
	}
	fmt.Println(attr.Load(device, &some))
	fmt.Printf("%#x %s %v\n", some.Flags, some.Comp.Current, some.Speed)
	// Output:
	// 1500 <nil>
	// <nil>
	// 9000 <nil>
	// <nil>
	// 0x1003 lz4 <nil>
}
