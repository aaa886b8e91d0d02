// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// machine is where the numbers come from.
type machine struct {
	kernel, cpu, compiler, date string
}

func thisMachine() machine {
	m := machine{cpu: "unknown processor", date: time.Now().UTC().Format("2 January 2006")}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		m.kernel = unix.ByteSliceToString(u.Release[:]) + " " + unix.ByteSliceToString(u.Machine[:])
	}
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			m.cpu = strings.TrimSpace(value)
			break
		}
	}
	if out, err := exec.Command("gcc", "-dumpfullversion").Output(); err == nil {
		m.compiler = "gcc " + strings.TrimSpace(string(out))
	}
	return m
}

func (m machine) String() string {
	return fmt.Sprintf("%s, Linux %s, %d × %s, %s, %s", m.date, m.kernel, runtime.NumCPU(), m.cpu, runtime.Version(), m.compiler)
}
