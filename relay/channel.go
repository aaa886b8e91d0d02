// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/internal/sys"
)

// Channel is the buffers of a relay channel, one for each CPU.
//
// It owns a descriptor for each, one for the folder, and one to wait with,
// until Close. One loop ([Records], [Merge]) at a time may run on it. The other
// methods may be called from any goroutine, at any time.
type Channel struct {
	dir     *attr.Dir // has the buffers' files
	dropped *attr.Dir // has the file with the count; nil for none, dir itself as a rule
	base    string    // what the files' names begin with
	opts    Options

	mu      sync.Mutex
	buffers []*Buffer       // by CPU
	loop    *loop           // the one that runs
	epoll   *os.File        // nil until the first loop, and where nothing can be polled
	conn    syscall.RawConn // epoll's

	draining atomic.Bool
	closed   atomic.Bool
	bell     chan struct{} // closed by the first of Drain and Close
	ring     func()
}

// policy is that of files outside of debugfs, of which nobody knows where they
// are: EIO is an entry of /proc that was removed.
var policy = &attr.Policy{Channel: channel, Gone: []syscall.Errno{syscall.EIO, syscall.ESRCH, syscall.ENOENT}}

// Open opens the buffers of the channel whose files in debugfs begin with
// prefix: "relay_ex/cpu" has relay_ex/cpu0, relay_ex/cpu1 and so on. fs may be
// closed afterwards.
//
// errors.Is finds [fs.ErrNotExist] when there is none, [fs.ErrInvalid] for a
// prefix that is no path, [kernlink.ErrRestricted] when the user or lockdown
// may not read them.
func Open(fs *debugfs.FS, prefix string, opts *Options) (*Channel, error) {
	return open(func(folder string) (*attr.Dir, error) {
		if folder == "." {
			return attr.OpenDir(fs.Path(), attr.Debugfs)
		}
		return fs.Dir(folder)
	}, prefix, opts)
}

// OpenAt is [Open] for a channel whose files are elsewhere (a module may put
// them anywhere, /proc for one), and for files that a test has filled or that
// somebody saved: prefix and [Options.DroppedFile] are paths below the folder
// dir.
func OpenAt(dir, prefix string, opts *Options) (*Channel, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, failure("open", dir, err)
	}
	return open(func(folder string) (*attr.Dir, error) {
		return attr.OpenDir(path.Join(dir, folder), policy)
	}, prefix, opts)
}

func open(folder func(string) (*attr.Dir, error), prefix string, opts *Options) (*Channel, error) {
	ch := &Channel{bell: make(chan struct{})}
	ch.ring = sync.OnceFunc(func() { close(ch.bell) })
	if opts != nil {
		ch.opts = *opts
	}
	ch.opts.complete()
	if !fs.ValidPath(prefix) || prefix == "." || !fs.ValidPath(cmp.Or(ch.opts.DroppedFile, ".")) {
		return nil, failure("open", prefix, fs.ErrInvalid)
	}
	if err := ch.openFolders(folder, prefix); err != nil {
		ch.Close()
		return nil, err
	}
	if err := ch.look(true); err != nil {
		ch.Close()
		return nil, err
	}
	return ch, nil
}

func (ch *Channel) openFolders(folder func(string) (*attr.Dir, error), prefix string) (err error) {
	where, base := path.Dir(prefix), path.Base(prefix)
	if ch.dir, err = folder(where); err != nil {
		return err
	}
	ch.base = base
	if ch.opts.DroppedFile == "" {
		return nil
	}
	if path.Dir(ch.opts.DroppedFile) == where {
		ch.dropped = ch.dir
		return nil
	}
	ch.dropped, err = folder(path.Dir(ch.opts.DroppedFile))
	return err
}

// look opens the buffers that are not open yet. At first there has to be one,
// and each has to open.
func (ch *Channel) look(first bool) error {
	entries, err := ch.dir.List()
	if err != nil {
		return err
	}
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.closed.Load() {
		return failure("open", ch.where(), fs.ErrClosed)
	}
	for _, e := range entries {
		cpu, ok := ch.cpuOf(e.Name)
		if !ok || ch.find(cpu) != nil {
			continue
		}
		b, err := ch.openBuffer(cpu, e.Name)
		if err != nil {
			if first {
				return err
			}
			continue // the next look tries again
		}
		ch.buffers = append(ch.buffers, b)
		ch.listenTo(b)
	}
	slices.SortFunc(ch.buffers, func(a, b *Buffer) int { return a.cpu - b.cpu })
	if !first {
		return nil
	}
	for _, cpu := range ch.opts.CPUs {
		if ch.find(cpu) == nil {
			return ch.missing(ch.where() + strconv.Itoa(cpu))
		}
	}
	if len(ch.buffers) == 0 {
		return ch.missing(ch.where())
	}
	return nil
}

// missing says that there is no such channel, or no such CPU of it.
func (ch *Channel) missing(name string) error {
	return &kernlink.Error{
		Channel: channel, Op: "open", Path: name, Err: fs.ErrNotExist,
		Hint: fmt.Sprintf("no file %sN in %s: the channel is there while its module is loaded, or its trace set up", ch.base, ch.dir.Path()),
	}
}

// cpuOf takes the number off the name of a buffer's file, and reports whether
// it is one and asked for.
func (ch *Channel) cpuOf(name string) (cpu int, ok bool) {
	digits, ok := strings.CutPrefix(name, ch.base)
	if !ok || digits == "" || len(digits) > 1 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil {
		return 0, false
	}
	return int(n), ch.opts.CPUs == nil || slices.Contains(ch.opts.CPUs, int(n))
}

func (ch *Channel) find(cpu int) *Buffer {
	for _, b := range ch.buffers {
		if b.cpu == cpu {
			return b
		}
	}
	return nil
}

// where is the channel's prefix, for people to read.
func (ch *Channel) where() string { return ch.dir.Path() + "/" + ch.base }

// Path is what the files' paths begin with, for people to read.
func (ch *Channel) Path() string { return ch.where() }

// Buffers are the buffers of the CPUs, in their order: those that were there
// at Open, and those that a loop has found since. They are closed with the
// Channel.
func (ch *Channel) Buffers() []*Buffer {
	ch.mu.Lock()
	defer ch.mu.Unlock()
	return slices.Clone(ch.buffers)
}

// Dropped is how many records found no room since the channel was set up, of
// all CPUs, as the module counts them in [Options.DroppedFile].
//
// It is a call. errors.Is finds [kernlink.ErrNotSupported] without such a file
// in the options, and what [attr.Get] gives.
func (ch *Channel) Dropped() (uint64, error) {
	if ch.dropped == nil {
		return 0, &kernlink.Error{
			Channel: channel, Op: "count", Path: ch.where(), Kind: kernlink.ErrNotSupported,
			Hint: "relay itself does not count: name the module's own file in Options.DroppedFile",
		}
	}
	return attr.Get[uint64](ch.dropped.File(path.Base(ch.opts.DroppedFile)))
}

// Drain says that nothing more will be written: a loop that runs, and each one
// that is begun later, ends when it has read all that there is.
//
// It is for after the producer was stopped, which is the module's own matter,
// as is flushing: a record in a sub-buffer that is partly filled is read
// without it. It returns at once.
func (ch *Channel) Drain() {
	ch.draining.Store(true)
	ch.wake()
}

// wake ends a wait that is under way.
func (ch *Channel) wake() {
	ch.ring()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.epoll != nil {
		ch.epoll.SetReadDeadline(longAgo)
	}
}

// longAgo is a deadline that ends a wait.
var longAgo = time.Unix(1, 0)

// Close gives the descriptors back. A loop that runs ends with
// [fs.ErrClosed], and so does all that is tried afterwards, a second Close
// included. It does not stop the module, nor take from the buffers.
func (ch *Channel) Close() error {
	if ch.closed.Swap(true) {
		return failure("close", ch.where(), fs.ErrClosed)
	}
	ch.ring()
	ch.mu.Lock()
	defer ch.mu.Unlock()
	if ch.loop != nil {
		ch.loop.ended.Store(true)
	}
	var errs []error
	if ch.epoll != nil {
		errs = append(errs, ch.epoll.Close())
	}
	for _, b := range ch.buffers {
		errs = append(errs, b.fd.Close())
	}
	if ch.dropped != nil && ch.dropped != ch.dir {
		errs = append(errs, ch.dropped.Close())
	}
	if ch.dir != nil {
		errs = append(errs, ch.dir.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return failure("close", ch.where(), err)
	}
	return nil
}

// listen makes the set of what is waited for. It is called with mu held.
func (ch *Channel) listen() error {
	if ch.epoll != nil {
		return nil
	}
	ep, err := sys.NewEpollSet()
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(ep), ch.where())
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return err
	}
	ch.epoll, ch.conn = file, conn
	for _, b := range ch.buffers {
		ch.listenTo(b)
	}
	return nil
}

// listenTo adds one to the set, if it can be polled, which an ordinary file
// cannot: that is read at the interval. It is called with mu held.
func (ch *Channel) listenTo(b *Buffer) {
	if ch.epoll == nil {
		return
	}
	fd, err := b.fd.Acquire()
	if err != nil {
		return
	}
	defer b.fd.Release()
	ch.conn.Control(func(ep uintptr) { sys.EpollAdd(int(ep), fd, sys.PollIn, int32(b.cpu)) })
}
