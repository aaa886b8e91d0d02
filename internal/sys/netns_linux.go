// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// threadNetNS is the network namespace of the thread that opens it.
const threadNetNS = "/proc/thread-self/ns/net"

// InNetNS runs call on a thread that is in the network namespace of the
// descriptor ns meanwhile. An error says that call did not run, but for a
// *[StrayError]: it did, and the thread could not come back.
//
// It asks first whether the thread may come back, which needs CAP_SYS_ADMIN in
// the user namespace of its own network namespace, and asks for it in that of
// the other one: EPERM without. EINVAL is a descriptor of something else.
//
// It costs four system calls, an open of /proc and a close.
func InNetNS(ns int, call func()) (err error) {
	runtime.LockOSThread()
	stray := false
	defer func() {
		// The runtime ends the thread with a goroutine that ends while it is
		// locked, and starts no other one from it.
		if !stray {
			runtime.UnlockOSThread()
		}
	}()
	own, err := Open(threadNetNS, ReadOnly)
	if err != nil {
		return err
	}
	defer Close(own)
	if err := setNetNS(own); err != nil {
		return err
	}
	if err := setNetNS(ns); err != nil {
		return err
	}
	stray = true
	defer func() {
		if e := setNetNS(own); e != nil {
			err = &StrayError{e}
			return
		}
		stray = false
	}()
	call()
	return nil
}

func setNetNS(fd int) error { return unix.Setns(fd, unix.CLONE_NEWNET) }
