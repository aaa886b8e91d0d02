// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/kernlink/kernlink/attr"
)

// A driver that notifies (sysfs_notify) wakes the loop by itself, and nil does
// for the options. A file that never does is read at an interval.
func ExampleValue_Watch() {
	folder, err := os.MkdirTemp("", "device")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	file := filepath.Join(folder, "level")
	os.WriteFile(file, []byte("1\n"), 0o644)

	level := attr.Of[int](attr.At(file, attr.Sysfs))
	defer level.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for n, err := range level.Watch(ctx, &attr.WatchOptions{Interval: time.Millisecond}) {
		if err != nil {
			fmt.Println(err) // the device is gone, or ctx ended: the last turn
			break
		}
		fmt.Println(n)
		if n == 3 {
			break // the descriptors are given back
		}
		os.WriteFile(file, fmt.Appendln(nil, n+1), 0o644) // what the kernel would do
	}
	// Output:
	// 1
	// 2
	// 3
}

// Where the type does not say it all a codec does, and a program may have its
// own: thousandths of a degree, as hwmon has them, are degrees here.
func ExampleWith() {
	folder, err := os.MkdirTemp("", "hwmon")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	os.WriteFile(filepath.Join(folder, "temp1_max"), []byte("80000\n"), 0o644)
	os.WriteFile(filepath.Join(folder, "update"), []byte("slow [normal] fast\n"), 0o644)

	sensor, err := attr.OpenDir(folder, attr.Sysfs)
	if err != nil {
		log.Fatal(err)
	}
	defer sensor.Close()

	update := attr.With(sensor.Attr("update"), attr.Choice())
	defer update.Close()
	choice, err := update.Get()
	fmt.Println(choice, err)

	highest := attr.With(sensor.Attr("temp1_max"), attr.Codec[float64]{
		Decode: func(text []byte) (float64, error) {
			var milli float64
			_, err := fmt.Sscan(string(text), &milli)
			return milli / 1000, err
		},
		Append: func(b []byte, degrees float64) ([]byte, error) {
			return fmt.Appendf(b, "%.0f", 1000*degrees), nil
		},
	})
	defer highest.Close()
	degrees, err := highest.Get()
	fmt.Println(degrees, err)
	fmt.Println(highest.Set(72.5))
	text, err := attr.Get[string](sensor.Attr("temp1_max"))
	fmt.Println(text, err)
	// Output:
	// normal <nil>
	// 80 <nil>
	// <nil>
	// 72500 <nil>
}
