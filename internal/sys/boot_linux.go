// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"golang.org/x/sys/unix"
)

// PowerOff stops the machine at once. Only process 1 of a machine of its own
// has a reason to call it.
func PowerOff() error {
	unix.Sync()
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// SetHostname names the machine.
func SetHostname(name string) error { return unix.Sethostname([]byte(name)) }

// LinkUp brings a network interface up, as `ip link set NAME up` does.
func LinkUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	req, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, req); err != nil {
		return err
	}
	req.SetUint16(req.Uint16() | unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, req)
}

// ReapAny collects the exit status of one ended child if there is one and
// reports its number, 0 when none has ended.
func ReapAny() int {
	pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
	if err != nil {
		return 0
	}
	return pid
}

// SetRaw makes a terminal deliver bytes as they come, without echo and
// without a line discipline; it fails on what is no terminal.
func SetRaw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag = 0
	t.Oflag = 0
	t.Lflag = 0
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

// IsTerminal reports whether fd is a terminal.
func IsTerminal(fd int) bool {
	_, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil
}
