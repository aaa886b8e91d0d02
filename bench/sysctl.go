// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"strconv"

	rival "github.com/lorenzosaino/go-sysctl"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/sysctl"
)

const forward = "/proc/sys/net/ipv4/ip_forward"

// One sysctl through a handle that is kept.
func sysctlRow() row {
	return row{
		name: "one sysctl value, kept handle (" + forward + ")", unit: "value", figure: 1.25,
		open: func(b *bench) ([]way, error) {
			return []way{
				b.limit("value", forward),
				{"kernlink", keptForward},
				b.limitOfThreads("value", forward),
				bareValue(forward),
				{"lorenzosaino/go-sysctl", func() (worker, error) {
					w := number(func() (int, error) {
						text, err := rival.Get("net.ipv4.ip_forward")
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

func keptForward() (worker, error) {
	ctl, err := sysctl.Open(nil)
	if err != nil {
		return nil, err
	}
	v := attr.Of[int](ctl.Key("net", "ipv4", "ip_forward"))
	w := number(v.Get)
	w.end = func() error { return errors.Join(v.Close(), ctl.Close()) }
	return w, nil
}
