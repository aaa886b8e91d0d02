// SPDX-License-Identifier: Apache-2.0

//go:build linux

package qemu

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be an emulator.
func TestMain(m *testing.M) {
	role := os.Getenv("QEMU_TEST_FAKE")
	if role == "" {
		os.Exit(m.Run())
	}
	os.Unsetenv("QEMU_TEST_FAKE")
	if err := fakeQEMU(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// fakeQEMU connects its lines as QEMU does and plays a role.
func fakeQEMU(role string) error {
	if role == "refuses" {
		return fmt.Errorf("qemu-system-x86_64: could not load kernel 'x': no such file")
	}
	lines := map[string]net.Conn{}
	for _, arg := range os.Args {
		rest, ok := strings.CutPrefix(arg, "socket,id=")
		if !ok {
			continue
		}
		id, path, _ := strings.Cut(rest, ",path=")
		conn, err := net.Dial("unix", strings.ReplaceAll(path, ",,", ","))
		if err != nil {
			return err
		}
		defer conn.Close()
		lines[id] = conn
	}
	fmt.Fprint(lines["console"], "[    0.0] Linux version 6.1\r\n")
	fmt.Fprint(lines["port"], "{\"k\":\"hello\"}\n")
	fmt.Fprint(lines["serial"], "firmware\n")
	if role != "runs" { // stays until it is told: an end could come before all lines are open
		_, _ = bufio.NewReader(lines["monitor"]).ReadString('\n')
	}
	switch role {
	case "ends":
		fmt.Fprint(lines["console"], "reboot: Power down")
		return nil
	case "crashes":
		if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
			return err
		}
		time.Sleep(time.Minute) // the signal comes first
	case "runs":
		return fakeMonitor(lines["monitor"], lines["console"])
	}
	return fmt.Errorf("no role %q", role)
}

// fakeMonitor speaks QEMU's machine protocol until its line ends, as recorded
// from QEMU 10.0.
func fakeMonitor(monitor, console net.Conn) error {
	fmt.Fprint(monitor, `{"QMP": {"version": {"qemu": {"micro": 2, "minor": 0, "major": 10}, "package": "Debian"}, "capabilities": ["oob"]}}`+"\r\n")
	negotiated := false
	for s := bufio.NewScanner(monitor); s.Scan(); {
		reply := `{"return": {}}`
		switch command := s.Text(); {
		case command == `{"execute":"qmp_capabilities"}` && !negotiated:
			negotiated = true
		case command == `{"execute":"inject-nmi"}` && negotiated:
			fmt.Fprint(console, "Uhhuh. NMI received\r\n")
			reply = `{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RTC_CHANGE", "data": {"offset": 0}}` + "\r\n" + reply
		default:
			reply = `{"error": {"class": "CommandNotFound", "desc": "not now: ` + strings.ReplaceAll(command, `"`, `'`) + `"}}`
		}
		fmt.Fprint(monitor, reply+"\r\n")
	}
	return nil
}
