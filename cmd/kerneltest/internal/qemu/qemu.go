// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package qemu starts a virtual machine and holds its lines: the console, the
// frames that the guest sends, and the monitor.
package qemu

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// Config is the machine to start.
type Config struct {
	Command []string // the emulator and its first options
	Kernel  string
	Initrd  string
	Append  string // added to the kernel's command line
	CPUs    int
	Memory  int // MiB
	KVM     bool
}

// kernelArgs hold for every guest. The console shows warnings and worse, and
// the markers of the tests; the whole log is read inside. The watchdogs wait
// longer than on a machine of one's own: an emulated guest starves when the
// host is busy.
const kernelArgs = "console=ttyS0 panic=-1 oops=panic loglevel=5 log_buf_len=1M printk.devkmsg=on " +
	"rdinit=/init random.trust_cpu=on mitigations=off " +
	"watchdog_thresh=30 rcupdate.rcu_cpu_stall_timeout=60 hung_task_panic=0 unknown_nmi_panic=0 apparmor=0"

func (c Config) args(dir string) []string {
	line := func(id, name string) string {
		// In QEMU's options a comma is doubled.
		return fmt.Sprintf("socket,id=%s,path=%s", id, strings.ReplaceAll(filepath.Join(dir, name), ",", ",,"))
	}
	accel, cpu := "tcg,thread=multi", "max"
	if c.KVM {
		accel, cpu = "kvm", "host"
	}
	return append(c.Command[1:len(c.Command):len(c.Command)],
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-M", "pc", "-accel", accel, "-cpu", cpu,
		"-smp", strconv.Itoa(c.CPUs), "-m", strconv.Itoa(c.Memory),
		"-kernel", c.Kernel, "-initrd", c.Initrd, "-append", kernelArgs+" "+c.Append,
		"-chardev", line("console", "console"), "-serial", "chardev:console",
		"-chardev", line("serial", "serial"), "-serial", "chardev:serial",
		"-chardev", line("port", "port"),
		"-device", "virtio-serial-pci", "-device", "virtserialport,chardev=port,name="+wire.PortName,
		"-chardev", line("monitor", "monitor"), "-mon", "chardev=monitor,mode=control")
}

// VM is a machine that runs. Its Close must be called.
type VM struct {
	Console *Console
	port    net.Conn // frames over virtio-serial
	serial  net.Conn // frames over the second serial line
	monitor *monitor
	cmd     *exec.Cmd
	dir     string
	exited  chan struct{}
	stderr  tail
	waitErr error
}

// Start starts a machine; cancelling ctx ends it.
func Start(ctx context.Context, c Config) (*VM, error) {
	dir, err := socketDir()
	if err != nil {
		return nil, err
	}
	vm := &VM{dir: dir, exited: make(chan struct{})}
	listeners, err := listen(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	defer listeners.close()
	vm.cmd = exec.CommandContext(ctx, c.Command[0], c.args(dir)...)
	vm.cmd.Stderr = &vm.stderr
	// The machine ends with this process, however it ends.
	vm.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := vm.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("starting QEMU: %w", err)
	}
	go func() {
		vm.waitErr = vm.cmd.Wait()
		listeners.close()
		close(vm.exited)
	}()
	conns, err := listeners.accept()
	if err != nil {
		late := errors.Is(err, os.ErrDeadlineExceeded)
		vm.Close()
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case late:
			return nil, fmt.Errorf("QEMU did not open its lines within %v: %s", connectTime, vm.stderr.String())
		}
		return nil, fmt.Errorf("QEMU ended before the guest began: %s", vm.Exit())
	}
	vm.port, vm.serial = conns["port"], conns["serial"]
	vm.Console = newConsole(conns["console"])
	vm.monitor = newMonitor(conns["monitor"])
	return vm, nil
}

// Frames returns the two lines that frames may come on.
func (vm *VM) Frames() []*bufio.Reader {
	return []*bufio.Reader{bufio.NewReaderSize(vm.port, 1<<16), bufio.NewReaderSize(vm.serial, 1<<16)}
}

// Exited is closed when QEMU has ended.
func (vm *VM) Exited() <-chan struct{} { return vm.exited }

// Exit says how QEMU ended, once Exited is closed.
func (vm *VM) Exit() string {
	<-vm.exited
	text := vm.stderr.String()
	if vm.waitErr != nil {
		return fmt.Sprintf("%v %s", vm.waitErr, text)
	}
	return text
}

// Crashed reports whether QEMU itself died of a signal that nobody here sent,
// once Exited is closed.
func (vm *VM) Crashed() bool {
	<-vm.exited
	exit, ok := errors.AsType[*exec.ExitError](vm.waitErr)
	if !ok {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() != syscall.SIGKILL
}

// Interrupt makes every CPU of the guest take a non-maskable interrupt, which
// makes a kernel that is stuck print where.
func (vm *VM) Interrupt() error { return vm.monitor.command("inject-nmi") }

// Close ends the machine and everything it holds.
func (vm *VM) Close() {
	if vm.cmd.Process != nil {
		_ = vm.cmd.Process.Kill() // it may have ended already
	}
	<-vm.exited
	for _, conn := range []net.Conn{vm.port, vm.serial} {
		if conn != nil {
			conn.Close()
		}
	}
	if vm.Console != nil {
		vm.Console.close()
	}
	if vm.monitor != nil {
		vm.monitor.conn.Close()
	}
	os.RemoveAll(vm.dir)
}

// maxSocketDir leaves room for the sockets' names in the 108 bytes that the
// kernel has for a socket's path.
const maxSocketDir = 90

// socketDir makes a folder for the sockets; where TMPDIR is too deep for them,
// in /tmp.
func socketDir() (string, error) {
	dir, err := os.MkdirTemp("", "kt")
	if err == nil && len(dir) > maxSocketDir {
		os.Remove(dir)
		return os.MkdirTemp("/tmp", "kt")
	}
	return dir, err
}

// sockets are the lines that QEMU connects to when it starts.
type sockets map[string]*net.UnixListener

func listen(dir string) (sockets, error) {
	s := sockets{}
	for _, name := range []string{"console", "serial", "port", "monitor"} {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(dir, name), Net: "unix"})
		if err != nil {
			s.close()
			return nil, err
		}
		s[name] = l
	}
	return s, nil
}

// connectTime is how long QEMU may take to open its lines on a busy machine.
const connectTime = 30 * time.Second

func (s sockets) accept() (map[string]net.Conn, error) {
	conns := map[string]net.Conn{}
	limit := time.Now().Add(connectTime)
	for name, l := range s {
		if err := l.SetDeadline(limit); err != nil {
			return nil, err
		}
		conn, err := l.Accept()
		if err != nil {
			for _, c := range conns {
				c.Close()
			}
			return nil, err
		}
		conns[name] = conn
	}
	return conns, nil
}

func (s sockets) close() {
	for _, l := range s {
		l.Close()
	}
}
