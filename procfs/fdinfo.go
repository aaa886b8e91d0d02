// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"fmt"
	"io/fs"
	"strconv"

	"github.com/kernlink/kernlink/internal/decimal"
)

// FDInfo is /proc/PID/fdinfo/N: what the kernel says of an open file. Which
// kind it is shows in what is set besides the first four.
type FDInfo struct {
	Pos     int64
	Flags   uint32 // of open(2): the access mode, O_APPEND, O_CLOEXEC and so on
	MountID int
	Inode   uint64 // 0 before Linux 5.14, which does not print it

	Pidfd   *PidfdInfo
	Eventfd *EventfdInfo
	Epoll   []EpollTarget  // what an epoll descriptor watches
	Inotify []InotifyWatch // what an inotify descriptor watches

	// Lines are those behind the first four, in the kernel's order, the ones
	// above and others: of timers, signals, locks, io_uring, drivers. One
	// without a colon has no Key.
	Lines []Pair
}

// PidfdInfo is what a pidfd stands for.
type PidfdInfo struct {
	// PID is the number of the process in the PID namespace of the procfs,
	// 0 for one that has none there, -1 for one that was reaped.
	PID int

	// NSPID are its numbers in that namespace and in each further in; none
	// for a process that was reaped.
	NSPID []int
}

// EventfdInfo is the state of an eventfd. ID tells it from others, -1 where
// the kernel does not say it (before Linux 5.2). Semaphore is printed since
// Linux 6.7.
type EventfdInfo struct {
	Count     uint64
	ID        int
	Semaphore bool
}

// EpollTarget is a file that an epoll descriptor watches: its number when it
// was added, the events, what epoll_wait(2) returns for it. Pos, Inode and
// Device are the file's own.
type EpollTarget struct {
	FD     int
	Events uint32
	Data   uint64
	Pos    int64
	Inode  uint64
	Device uint64 // as the kernel keeps it: the major number times 1<<20, and the minor
}

// InotifyWatch is what an inotify descriptor watches.
type InotifyWatch struct {
	WD     int
	Inode  uint64
	Device uint64 // as that of EpollTarget
	Mask   uint32
}

// Line is the value of the first line with a key, "" and false when there is
// none: Line("sigmask").
func (i *FDInfo) Line(key string) (string, bool) {
	v, ok := get(i.Lines, key)
	return string(v), ok
}

// ParseFDInfo reads the text of a file in /proc/PID/fdinfo. errors.Is finds
// [ErrMalformed] for bytes that are no such text.
func ParseFDInfo(b []byte) (FDInfo, error) {
	info, problem := parseFDInfo(bytes.Clone(b))
	if problem != "" {
		return FDInfo{}, malformed("", b, problem)
	}
	return info, nil
}

// parseFDInfo keeps b.
func parseFDInfo(b []byte) (info FDInfo, problem string) {
	seen := 0
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		p, found := pair(text)
		ok := found
		switch key := string(p.Key); {
		case !found: // io_uring and drivers print such
			ok = true
			info.Lines = append(info.Lines, Pair{Value: text})
		case key == "pos":
			info.Pos, ok = signed(p.Value)
			seen |= 1
		case key == "flags":
			info.Flags, ok = widthOf32(octal(p.Value))
			seen |= 2
		case key == "mnt_id":
			info.MountID, ok = narrow[int](signed(p.Value))
		case key == "ino" && len(info.Lines) == 0:
			info.Inode, ok = decimal.Parse(p.Value)
		default:
			ok = info.extra(key, p.Value)
			info.Lines = append(info.Lines, p)
		}
		if !ok {
			return info, string(p.Key) + " has a value that is none"
		}
	}
	if seen != 3 {
		return info, "no pos or no flags"
	}
	return info, ""
}

// extra takes a line of a kind of file that has fields of its own. A driver may
// print what it likes, so only these are looked at.
func (i *FDInfo) extra(key string, value []byte) (ok bool) {
	ok = true
	switch key {
	case "Pid":
		i.pidfd().PID, ok = narrow[int](signed(value))
	case "NSpid":
		i.pidfd().NSPID, ok = appendInts(nil, value)
	case "eventfd-count":
		i.eventfd().Count, ok = hex(value)
	case "eventfd-id":
		i.eventfd().ID, ok = narrow[int](signed(value))
	case "eventfd-semaphore":
		i.eventfd().Semaphore = string(value) == "1"
	case "tfd":
		i.Epoll, ok = appendTarget(i.Epoll, value)
	case "inotify wd":
		i.Inotify, ok = appendWatch(i.Inotify, value)
	}
	return ok
}

func (i *FDInfo) pidfd() *PidfdInfo {
	if i.Pidfd == nil {
		i.Pidfd = new(PidfdInfo)
	}
	return i.Pidfd
}

func (i *FDInfo) eventfd() *EventfdInfo {
	if i.Eventfd == nil {
		i.Eventfd = &EventfdInfo{ID: -1}
	}
	return i.Eventfd
}

// appendTarget reads "7 events: 19 data: 7  pos:0 ino:2057 sdev:d".
func appendTarget(all []EpollTarget, b []byte) ([]EpollTarget, bool) {
	number, b := word(b)
	fd, ok := narrow[int](signed(number))
	t := EpollTarget{FD: fd}
	for ok && len(trimBlanks(b)) > 0 {
		var key, value []byte
		if key, value, b = attribute(b); key == nil {
			return all, false
		}
		switch string(key) {
		case "events":
			t.Events, ok = widthOf32(hex(value))
		case "data":
			t.Data, ok = hex(value)
		case "pos":
			t.Pos, ok = signed(value)
		case "ino":
			t.Inode, ok = hex(value)
		case "sdev":
			t.Device, ok = hex(value)
		}
	}
	return append(all, t), ok
}

// appendWatch reads "1 ino:9e sdev:800013 mask:800afce ignored_mask:0 ...".
func appendWatch(all []InotifyWatch, b []byte) ([]InotifyWatch, bool) {
	number, b := word(b)
	n, ok := widthOf32(hex(number))
	w := InotifyWatch{WD: int(int32(n))}
	for ok && len(trimBlanks(b)) > 0 {
		var key, value []byte
		if key, value, b = attribute(b); key == nil {
			return all, false
		}
		switch string(key) {
		case "ino":
			w.Inode, ok = hex(value)
		case "sdev":
			w.Device, ok = hex(value)
		case "mask":
			w.Mask, ok = widthOf32(hex(value))
		}
	}
	return append(all, w), ok
}

// attribute takes "key:value" or "key: value" off a line; key is nil for what
// is none.
func attribute(b []byte) (key, value, rest []byte) {
	first, rest := word(b)
	key, value, ok := bytes.Cut(first, []byte(":"))
	if !ok || len(key) == 0 {
		return nil, nil, nil
	}
	if len(value) == 0 {
		value, rest = word(rest)
	}
	return key, value, rest
}

// FDInfo reads /proc/PID/fdinfo/N for an open file of the process, by its
// number ([Process.FDs]): it opens the file, reads it to its end, and closes it.
//
// errors.Is finds [fs.ErrNotExist] for a number that is none, without ErrGone,
// [fs.ErrInvalid] for one that cannot be, [kernlink.ErrRestricted] without the
// right to trace the process, [kernlink.ErrGone]. A zombie has no files.
func (p *Process) FDInfo(number int) (FDInfo, error) {
	name := fileFDInfo.String() + "/" + strconv.Itoa(number)
	if number < 0 {
		return FDInfo{}, p.failed("read", name, fmt.Errorf("%w: not the number of a file", fs.ErrInvalid))
	}
	b, err := p.whole(name)
	if err != nil {
		return FDInfo{}, err
	}
	info, problem := parseFDInfo(b)
	if problem != "" {
		return FDInfo{}, malformed(p.path(name), b, problem)
	}
	return info, nil
}
