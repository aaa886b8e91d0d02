// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// PidfdOpen opens a process (Linux 5.3), non-blocking so that the runtime's
// poller takes it where the kernel can say so (5.10).
func PidfdOpen(pid int) (int, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err == unix.EINVAL {
		fd, err = unix.PidfdOpen(pid, 0)
	}
	return fd, err
}

// PidfdSignal sends a signal to the process that fd stands for; 0 only looks
// whether it could be sent.
func PidfdSignal(fd int, signal int) error {
	return unix.PidfdSendSignal(fd, unix.Signal(signal), nil, 0)
}
