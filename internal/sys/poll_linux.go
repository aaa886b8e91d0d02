// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"golang.org/x/sys/unix"
)

// Events of [Poll] and [NewEpoll].
const (
	PollIn  = unix.POLLIN
	PollPri = unix.POLLPRI
	PollErr = unix.POLLERR
	PollHup = unix.POLLHUP

	// PollEdge has [NewEpoll] tell each wake-up once, when [EpollEvents] asks,
	// however often the runtime polls meanwhile. It is for files that take
	// back what they said when they are polled.
	PollEdge = unix.EPOLLET
)

// Poll looks at one descriptor, for so many milliseconds at most, and returns
// what is ready. An interrupted wait begins anew.
func Poll(fd int, events int16, millis int) (int16, error) {
	p := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		_, err := unix.Poll(p, millis)
		if err != unix.EINTR {
			return p[0].Revents, err
		}
	}
}

// NewEpoll makes an epoll descriptor, non-blocking so that the runtime's
// poller takes it, that watches fd for events. It is how readiness that the
// poller itself does not know (PollPri) becomes readiness to read. A file
// that cannot be polled gives EPERM.
func NewEpoll(fd int, events uint32) (int, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return -1, err
	}
	ev := unix.EpollEvent{Events: events, Fd: int32(fd)}
	if err := unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		unix.Close(ep)
		return -1, err
	}
	if err := unix.SetNonblock(ep, true); err != nil {
		unix.Close(ep)
		return -1, err
	}
	return ep, nil
}

// DrainEpoll takes the events off an epoll descriptor and says whether there
// was one.
func DrainEpoll(ep int) bool {
	var events [4]unix.EpollEvent
	for {
		n, err := unix.EpollWait(ep, events[:], 0)
		if err != unix.EINTR {
			return n > 0
		}
	}
}

// EpollEvents takes what an epoll descriptor has to tell of its one file, or
// 0. PollPri may be missing although it was what woke.
func EpollEvents(ep int) uint32 {
	var events [1]unix.EpollEvent
	for {
		n, err := unix.EpollWait(ep, events[:], 0)
		switch {
		case err == unix.EINTR:
		case n > 0:
			return events[0].Events
		default:
			return 0
		}
	}
}
