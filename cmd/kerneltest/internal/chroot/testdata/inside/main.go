// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Inside is a program that runs in the root of a test and says what it sees.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

func main() {
	switch os.Args[1] {
	case "look":
		dir, err := os.Getwd()
		fmt.Println("dir", dir, err)
		fmt.Println("args", strings.Join(os.Args[2:], "|"))
		fmt.Println("own", os.Getenv("OWN"), "path", os.Getenv("PATH"), "secret", os.Getenv("SECRET"))
		fmt.Println("uid", os.Getuid())
		_, err = os.Stat("/dev/null")
		fmt.Println("null", err)
		_, err = os.Stat("/proc/self/exe")
		fmt.Println("proc", err)
		top, err := os.ReadDir("/")
		for _, e := range top {
			fmt.Println("top", e.Name(), err)
		}
		fmt.Println("write", os.WriteFile("/kbuild/made", []byte("x"), 0o644))
	case "fail":
		fmt.Println("out")
		fmt.Fprintln(os.Stderr, "error: says why")
		os.Exit(7)
	case "hang": // leaves the waiting to a child
		cmd := exec.Command(os.Args[0], "child")
		cmd.Stdout = os.Stdout
		fmt.Println(cmd.Run())
	case "child": // holds a lock, says so, and never ends
		lock, err := os.Create("/kbuild/lock")
		if err != nil || syscall.Flock(int(lock.Fd()), syscall.LOCK_EX) != nil {
			os.Exit(1)
		}
		if err := os.WriteFile("/kbuild/ready", []byte("x"), 0); err != nil {
			os.Exit(1)
		}
		time.Sleep(time.Hour)
	}
}
