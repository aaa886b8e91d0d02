// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"testing"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/sysctl"
)

func BenchmarkKept(b *testing.B) {
	f := open(b, nil)
	v := attr.Of[int](f.Key("net", "ipv4", "ip_forward"))
	defer v.Close()
	for b.Loop() {
		if _, err := v.Get(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOnce(b *testing.B) { once(b, open(b, nil)) }

// What a look-up in another network namespace costs more.
func BenchmarkOnceInANetworkNamespace(b *testing.B) {
	kerneltest.Require(b, kerneltest.Capability("CAP_SYS_ADMIN"))
	once(b, open(b, &sysctl.Options{NetNS: newNetNS(b).path()}))
}

func once(b *testing.B, f *sysctl.FS) {
	key := f.Key("net", "ipv4", "ip_forward")
	for b.Loop() {
		if _, err := attr.Get[int](key); err != nil {
			b.Fatal(err)
		}
	}
}
