// SPDX-License-Identifier: Apache-2.0

//go:build linux

package sysctl_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/sysctl"
)

// machine makes an ordinary folder that looks like a small /proc/sys, as a
// test of yours may.
func machine() string {
	root, err := os.MkdirTemp("", "sysctl")
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range map[string]string{
		"net/ipv4/ip_forward":              "0\n",
		"net/ipv4/ip_local_port_range":     "32768\t60999\n",
		"net/ipv4/conf/all/rp_filter":      "0\n",
		"net/ipv4/conf/eth0/rp_filter":     "0\n",
		"net/ipv4/conf/eth0.100/rp_filter": "0\n",
		"net/ipv4/conf/hub/rp_filter":      "0\n",
	} {
		name = filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		os.WriteFile(name, []byte(text), 0o644)
	}
	return root
}

func Example() {
	root := machine()
	defer os.RemoveAll(root)
	ctl, err := sysctl.OpenAt(root, nil) // sysctl.Open(nil) is /proc/sys
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()

	fmt.Println(attr.Get[[2]int](ctl.Key("net", "ipv4", "ip_local_port_range")))
	forward := attr.Of[bool](ctl.Dotted("net.ipv4.ip_forward")) // opens on first use, stays open
	defer forward.Close()
	if err := forward.Set(true); err != nil {
		log.Fatal(err)
	}
	fmt.Println(forward.Get())
	err = attr.Set(ctl.Key("net", "ipv4", "ip_local_port_range"), []int{40000})
	fmt.Println(errors.Is(err, attr.ErrMalformed)) // the kernel would have stored it
	// Output:
	// [32768 60999] <nil>
	// true <nil>
	// true
}

// Some keys are a struct.
func ExampleFS_Attr() {
	root := machine()
	defer os.RemoveAll(root)
	ctl, err := sysctl.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()
	var net struct {
		Forward bool   `attr:"net.ipv4.ip_forward"`
		Ports   [2]int `attr:"net.ipv4.ip_local_port_range"`
		Filter  int    `attr:"net.ipv4.conf.eth0/100.rp_filter"`
		Bridge  *bool  `attr:"net.bridge.bridge-nf-call-iptables"` // nil: its module is not loaded
	}
	err = attr.Load(ctl, &net)
	fmt.Println(net.Forward, net.Ports, net.Filter, net.Bridge, err)
	// Output: false [32768 60999] 0 <nil> <nil>
}

func ExampleFS_All() {
	root := machine()
	defer os.RemoveAll(root)
	ctl, err := sysctl.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()
	for key, err := range ctl.All("net", "ipv4", "conf") {
		if err != nil {
			fmt.Println(err) // a folder; the others follow
			continue
		}
		value, err := attr.Get[string](key.File)
		fmt.Println(key.Name, value, err)
	}
	// Output:
	// net.ipv4.conf.all.rp_filter 0 <nil>
	// net.ipv4.conf.eth0.rp_filter 0 <nil>
	// net.ipv4.conf.eth0/100.rp_filter 0 <nil>
	// net.ipv4.conf.hub.rp_filter 0 <nil>
}

// The lines of a sysctl.d file, and what becomes of each.
func ExampleFS_Apply() {
	root := machine()
	defer os.RemoveAll(root)
	ctl, err := sysctl.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()

	settings, err := sysctl.ParseSettings([]byte(`
# sysctl.ReadSettings(nil) reads the files of the system
net.ipv4.ip_forward = 1
net.ipv4.conf.*.rp_filter = 2
net.ipv4.conf.eth0/100.rp_filter = 1
-net.ipv4.conf.hub.rp_filter
-net.bridge.bridge-nf-call-iptables = 1
`))
	if err != nil {
		log.Fatal(err) // nothing is written
	}
	results, err := ctl.Apply(context.Background(), settings)
	for _, r := range results {
		fmt.Println(r.Key, r.State) // fmt.Println(r) says more
	}
	fmt.Println(err)
	// Output:
	// net.ipv4.ip_forward written
	// net.ipv4.conf.all.rp_filter written
	// net.ipv4.conf.eth0.rp_filter written
	// net.ipv4.conf.eth0/100.rp_filter skipped
	// net.ipv4.conf.hub.rp_filter skipped
	// net.ipv4.conf.eth0/100.rp_filter written
	// net.bridge.bridge-nf-call-iptables ignored
	// <nil>
}

func ExampleFS_Plan() {
	root := machine()
	defer os.RemoveAll(root)
	ctl, err := sysctl.OpenAt(root, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()
	results, err := ctl.Plan(context.Background(), []sysctl.Setting{
		{Key: "net.ipv4.ip_forward", Value: "1"},
		{Key: "net/ipv4/ip_local_port_range", Value: "32768 60999"},
		{Key: "net.ipv4.conf.eth*.rp_filter", Value: "2"},
	})
	for _, r := range results {
		fmt.Println(r)
	}
	fmt.Println(err)
	// Output:
	// net.ipv4.ip_forward: 0 -> 1
	// net.ipv4.ip_local_port_range: 32768 60999 as before
	// net.ipv4.conf.eth0.rp_filter: 0 -> 2
	// net.ipv4.conf.eth0/100.rp_filter: 0 -> 2
	// <nil>
}

func ExampleReadSettings() {
	root, err := os.MkdirTemp("", "image") // "" is this system
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)
	for name, text := range map[string]string{
		"usr/lib/sysctl.d/50-vendor.conf": "kernel.sysrq = 16\n",
		"etc/sysctl.d/50-vendor.conf":     "kernel.sysrq = 0\n", // stands for the vendor's
		"run/sysctl.d/10-early.conf":      "vm.swappiness = 10\n",
	} {
		name = filepath.Join(root, name)
		os.MkdirAll(filepath.Dir(name), 0o755)
		os.WriteFile(name, []byte(text), 0o644)
	}
	settings, err := sysctl.ReadSettings(&sysctl.ReadOptions{Root: root})
	for _, s := range settings {
		fmt.Println(s.Where(), s)
	}
	fmt.Println(err)
	// Output:
	// /run/sysctl.d/10-early.conf:1 vm.swappiness = 10
	// /etc/sysctl.d/50-vendor.conf:1 kernel.sysrq = 0
	// <nil>
}

func ExampleName() {
	fmt.Println(sysctl.Name("net", "ipv4", "conf", "eth0.100", "forwarding"))
	fmt.Println(sysctl.ParseName("net.ipv4.conf.eth0/100.forwarding"))
	fmt.Println(sysctl.ParseName("net/ipv4/conf/eth0.100/forwarding"))
	// Output:
	// net.ipv4.conf.eth0/100.forwarding
	// [net ipv4 conf eth0.100 forwarding] <nil>
	// [net ipv4 conf eth0.100 forwarding] <nil>
}
