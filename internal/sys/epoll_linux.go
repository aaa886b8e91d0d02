// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// NewEpollSet makes an epoll descriptor that watches nothing yet,
// non-blocking so that the runtime's poller takes it.
func NewEpollSet() (int, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return -1, err
	}
	if err := unix.SetNonblock(ep, true); err != nil {
		unix.Close(ep)
		return -1, err
	}
	return ep, nil
}

// EpollAdd makes ep watch fd for events, which are reported with id as long as
// they hold. Closing fd ends it. A file that cannot be polled gives EPERM.
func EpollAdd(ep, fd int, events uint32, id int32) error {
	ev := unix.EpollEvent{Events: events, Fd: id}
	return unix.EpollCtl(ep, unix.EPOLL_CTL_ADD, fd, &ev)
}

// EpollDel makes ep watch fd no longer.
func EpollDel(ep, fd int) error { return unix.EpollCtl(ep, unix.EPOLL_CTL_DEL, fd, nil) }

// Ready is what one descriptor of an epoll set is ready for.
type Ready struct {
	ID     int32
	Events uint32
}

// EpollReady fills dst with what is ready now, without waiting, and returns
// how much it was. What does not fit comes the next time, before the others.
func EpollReady(ep int, dst []Ready) int {
	var events [32]unix.EpollEvent
	for {
		n, err := unix.EpollWait(ep, events[:min(len(events), len(dst))], 0)
		if err == unix.EINTR {
			continue
		}
		for i := range max(n, 0) {
			dst[i] = Ready{ID: events[i].Fd, Events: events[i].Events}
		}
		return max(n, 0)
	}
}
