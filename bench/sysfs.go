// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
)

const mtu = "/sys/class/net/lo/mtu"

// One value of sysfs through a handle that is kept, beside what most programs
// do.
func sysfsRow() row {
	return row{
		name: "one sysfs value, kept handle (" + mtu + ")", unit: "value", figure: 1.25,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("value", mtu),
				keptValue(func() attr.File { return attr.At(mtu, attr.Sysfs) }),
				b.limitOfThreads("value", mtu),
				bareValue(mtu),
				{"os.ReadFile + Atoi", func() (worker, error) {
					w := number(func() (int, error) {
						text, err := os.ReadFile(mtu)
						if err != nil {
							return 0, err
						}
						return strconv.Atoi(strings.TrimSpace(string(text)))
					})
					w.threads = true
					return w, nil
				}},
			}, nil
		},
	}
}

func keptValue(file func() attr.File) way {
	return way{"kernlink", func() (worker, error) {
		v := attr.Of[int](file())
		w := number(v.Get)
		w.end = v.Close
		return w, nil
	}}
}

// bareValue is pread from Go with nothing around it: what the runtime costs
// alone.
func bareValue(path string) way {
	return way{"x/sys pread", func() (worker, error) {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return nil, err
		}
		buf := make([]byte, 64)
		w := number(func() (int, error) {
			n, err := unix.Pread(fd, buf, 0)
			value := 0
			for i := 0; i < n && buf[i]-'0' < 10; i++ {
				value = 10*value + int(buf[i]-'0')
			}
			return value, err
		})
		w.end = func() error { return unix.Close(fd) }
		return w, nil
	}}
}

// number is a worker that reads one number.
func number(get func() (int, error)) inGo {
	return inGo{
		work: func(n int) (int, error) {
			for range n {
				if _, err := get(); err != nil {
					return 0, err
				}
			}
			return n, nil
		},
		facts: func() (facts, error) {
			value, err := get()
			return facts{"value": strconv.Itoa(value)}, err
		},
	}
}
