// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"

	"github.com/lorenzosaino/go-sysctl"

	"github.com/kernlink/kernlink/attr"
)

const forward = "/proc/sys/net/ipv4/ip_forward"

// One sysctl through a handle that is kept.
func sysctlRow() row {
	return row{
		name: "one sysctl value, kept handle (" + forward + ")", unit: "value", figure: 1.25,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("value", forward),
				keptValue(func() attr.File { return attr.At(forward, attr.Sysctl) }),
				b.limitOfThreads("value", forward),
				bareValue(forward),
				{"lorenzosaino/go-sysctl", func() (worker, error) {
					w := number(func() (int, error) {
						text, err := sysctl.Get("net.ipv4.ip_forward")
						if err != nil {
							return 0, err
						}
						return strconv.Atoi(text)
					})
					w.threads = true
					return w, nil
				}},
			}, nil
		},
	}
}
