// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package guest is process 1 of the virtual machine: it prepares the system,
// runs the jobs of the manifest one after the other, watches the kernel log
// meanwhile and tells the host.
package guest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
	"github.com/kernlink/kernlink/internal/sys"
)

// IsGuest reports whether this process is process 1 of a test machine.
func IsGuest() bool {
	if os.Getpid() != 1 {
		return false
	}
	_, err := os.Stat(wire.ManifestPath)
	return err == nil
}

// Main runs the guest to its end; it does not return.
func Main() {
	if err := run(); err != nil {
		// Nobody may be listening on the port: the console always is.
		fmt.Fprintf(os.Stderr, "kerneltest: guest: %v\n", err)
	}
	_ = sys.PowerOff()
	select {} // process 1 must not end before the machine does
}

func run() error {
	notes := mountAll()
	text, err := os.ReadFile(wire.ManifestPath)
	if err != nil {
		return err
	}
	var m wire.Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	port, err := openPort(m.Transport)
	if err != nil {
		return err
	}
	g := &guest{frames: wire.NewWriter(port), manifest: m}
	k, err := sys.Uname()
	if err != nil {
		return err
	}
	if err := g.frames.Send(wire.Frame{Kind: wire.Hello, Text: k.Release + " " + k.Version}); err != nil {
		return err
	}
	for _, note := range notes {
		g.note("%s", note)
	}
	return g.work()
}

type guest struct {
	frames   *wire.Writer
	manifest wire.Manifest
	judge    *judge
}

// beatEvery is how often the guest says that it lives.
const beatEvery = time.Second

func (g *guest) work() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go g.beat(ctx)
	judge, err := newJudge(ctx, g.frames)
	if err != nil {
		return err
	}
	g.judge = judge
	for i, job := range g.manifest.Jobs {
		if ended := g.run(ctx, i, job); !ended {
			// A process that cannot be killed holds the machine: the host
			// has been told and ends it.
			time.Sleep(time.Minute)
			return nil
		}
	}
	if g.manifest.Keep {
		g.shell()
	}
	if err := g.frames.Send(wire.Frame{Kind: wire.Bye}); err != nil {
		return err
	}
	// The host reads up to the farewell and then ends the machine; this is
	// for the host that is gone.
	time.Sleep(10 * time.Second)
	return nil
}

func (g *guest) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if g.frames.Send(wire.Frame{Kind: wire.Beat}) != nil {
				return
			}
		}
	}
}

func (g *guest) note(format string, args ...any) {
	_ = g.frames.Send(wire.Frame{Kind: wire.Note, Text: fmt.Sprintf(format, args...)}) // a lost host is noticed by the next frame
}

// mountAll mounts what a system has, and says what the kernel does not offer.
// Nothing is mounted on /tmp: the root lies in memory anyway, and packages
// that lie below /tmp on the host lie there in the image too.
func mountAll() (notes []string) {
	for _, m := range []struct {
		fstype, target string
		always         bool
	}{
		{"proc", "/proc", true},
		{"sysfs", "/sys", true},
		{"devtmpfs", "/dev", true},
		{"devpts", "/dev/pts", true},
		{"tmpfs", "/dev/shm", true},
		{"tmpfs", "/run", true},
		{"debugfs", "/sys/kernel/debug", false},
		{"tracefs", "/sys/kernel/tracing", false},
		{"securityfs", "/sys/kernel/security", false},
		{"cgroup2", "/sys/fs/cgroup", false},
		{"configfs", "/sys/kernel/config", false},
	} {
		if err := os.MkdirAll(m.target, 0o755); err != nil && m.always {
			notes = append(notes, err.Error())
			continue
		}
		if err := sys.Mount(m.fstype, m.target, m.fstype, ""); err != nil && m.always {
			notes = append(notes, fmt.Sprintf("mounting %s: %v", m.target, err))
		}
	}
	if err := os.MkdirAll("/tmp", 0o777); err != nil {
		notes = append(notes, err.Error())
	}
	if err := os.Chmod("/tmp", 0o777|os.ModeSticky); err != nil {
		notes = append(notes, err.Error())
	}
	for link, target := range map[string]string{"/dev/fd": "/proc/self/fd", "/dev/stdin": "fd/0", "/dev/stdout": "fd/1", "/dev/stderr": "fd/2"} {
		if err := os.Symlink(target, link); err != nil {
			notes = append(notes, err.Error())
		}
	}
	if err := sys.SetHostname("kerneltest"); err != nil {
		notes = append(notes, err.Error())
	}
	if err := sys.LinkUp("lo"); err != nil {
		notes = append(notes, fmt.Sprintf("bringing lo up: %v", err))
	}
	return append(notes, setLimits()...)
}

// setLimits moves the watchdogs' thresholds up as far as they can be set at
// run time only; older kernels lack some.
func setLimits() (notes []string) {
	for file, value := range map[string]string{
		"kernel/hung_task_timeout_secs": "120",
		"kernel/core_pattern":           "/tmp/core",
	} {
		path := "/proc/sys/" + file
		if _, err := os.Stat(path); err != nil {
			continue
		}
		if err := os.WriteFile(path, []byte(value), 0); err != nil {
			notes = append(notes, err.Error())
		}
	}
	return notes
}

// openPort loads what the virtio port needs and opens it, or the second
// serial line where the kernel has no such port.
func openPort(modules []string) (*os.File, error) {
	for _, path := range modules {
		if err := loadFile(path); err != nil {
			fmt.Fprintf(os.Stderr, "kerneltest: loading %s: %v\n", path, err)
		}
	}
	deadline := time.Now().Add(5 * time.Second)
	for time.Now().Before(deadline) {
		if dev := findPort(); dev != "" {
			return os.OpenFile(dev, os.O_RDWR, 0)
		}
		if len(modules) == 0 && !hasVirtioPorts() {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	fd, err := sys.Open("/dev/ttyS1", sys.ReadWrite)
	if err != nil {
		return nil, fmt.Errorf("no line to the host: neither a virtio-serial port nor a second serial line: %w", err)
	}
	if err := sys.SetRaw(fd); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "/dev/ttyS1"), nil
}

func hasVirtioPorts() bool {
	_, err := os.Stat("/sys/class/virtio-ports")
	return err == nil
}

func findPort() string {
	const class = "/sys/class/virtio-ports"
	entries, err := os.ReadDir(class)
	if err != nil {
		return ""
	}
	for _, e := range entries {
		name, err := sys.ReadFile(class + "/" + e.Name() + "/name")
		if err != nil || strings.TrimSpace(string(name)) != wire.PortName {
			continue
		}
		if dev := "/dev/" + e.Name(); exists(dev) {
			return dev
		}
	}
	return ""
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// loadFile loads a module of the transport; it is no job of package kmod to
// start the machine that tests it.
func loadFile(path string) error {
	fd, err := sys.Open(path, sys.ReadOnly)
	if err != nil {
		return err
	}
	defer sys.Close(fd)
	flags := 0
	if !strings.HasSuffix(path, ".ko") {
		flags = sys.ModuleInitCompressedFile
	}
	return sys.FinitModule(fd, "", flags)
}
