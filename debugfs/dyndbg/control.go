// SPDX-License-Identifier: Apache-2.0

package dyndbg

import (
	"errors"
	"io/fs"
	"iter"
	"path/filepath"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/lines"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]. There are none yet, and nil
// is the default.
type Options struct{}

// Control is the file that lists the call sites and takes the queries.
//
// It owns one file descriptor until Close. It may be used by several
// goroutines, Close included.
type Control struct {
	dir  *attr.Dir
	file attr.File
}

// policy is that of the file in /proc, which is that of the one in debugfs: a
// query is written as it is.
var policy = &attr.Policy{Channel: channel, MaxWrite: 4095, Refused: attr.Debugfs.Refused}

const (
	inProc  = "/proc/dynamic_debug"
	inDebug = "dynamic_debug"
	name    = "control"
)

// Open opens the control file: /proc/dynamic_debug/control, or on a kernel
// before 5.7 the one in debugfs.
//
// errors.Is finds [kernlink.ErrNotSupported] for a kernel that has none, with
// what it lacks in the Hint.
func Open(_ *Options) (*Control, error) {
	c, err := openDir(inProc)
	if err == nil || !errors.Is(err, fs.ErrNotExist) {
		return c, err
	}
	d, err := debugfs.Open(nil)
	if err == nil {
		defer d.Close()
		if c, err = openDir(d.Path() + "/" + inDebug); err == nil || !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
	}
	return nil, none()
}

// none says that the kernel has no control file.
func none() error {
	e := &kernlink.Error{
		Channel: channel, Op: "open", Path: inProc + "/" + name, Kind: kernlink.ErrNotSupported, Err: fs.ErrNotExist,
		Hint: "the kernel needs CONFIG_DYNAMIC_DEBUG, and before 5.7 a mounted debugfs",
	}
	if config, err := feature.RunningConfig(); err == nil {
		if value, _ := config.Value("CONFIG_DYNAMIC_DEBUG_CORE"); value != "y" {
			e.Hint = "the kernel was built without CONFIG_DYNAMIC_DEBUG"
		}
	}
	return e
}

// OpenAt opens the control file in another folder: a container's, or an
// ordinary one that a test has filled with a file "control".
//
// errors.Is finds [fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, _ *Options) (*Control, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, &kernlink.Error{Channel: channel, Op: "open", Path: dir, Err: err}
	}
	return openDir(abs)
}

func openDir(path string) (*Control, error) {
	dir, err := attr.OpenDir(path, policy)
	if err != nil {
		return nil, err
	}
	c := &Control{dir: dir, file: dir.File(name)}
	at, err := dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer dir.Release()
	if _, err := sys.StatAt(at, name, true); err != nil {
		dir.Close()
		return nil, &kernlink.Error{Channel: channel, Op: "open", Path: c.Path(), Err: err}
	}
	return c, nil
}

// Path is where the control file is, for people to read.
func (c *Control) Path() string { return c.file.Path() }

// Close gives the descriptor back. A second Close fails with [fs.ErrClosed].
func (c *Control) Close() error { return c.dir.Close() }

// Sites lists all call sites, a module's together. What a turn yields is
// borrowed until the next.
//
// It is no snapshot: the kernel hands out about a page at a time, and modules
// may come and go meanwhile.
//
// A line that is no call site is an error in its place, for which errors.Is
// finds [ErrMalformed], and the loop goes on. Any other error is the last:
// [kernlink.ErrRestricted], [fs.ErrClosed] after Close. It allocates a buffer
// for the whole loop.
func (c *Control) Sites() iter.Seq2[Site, error] {
	return func(yield func(Site, error) bool) {
		fd, err := c.file.Open()
		if err != nil {
			yield(Site{}, err)
			return
		}
		text := lines.New(fd)
		defer text.Close()
		for {
			b, err := text.Next()
			if err != nil {
				yield(Site{}, c.file.ReadFailure("read", fd, err))
				return
			}
			if b == nil {
				return
			}
			if len(b) > 0 && b[0] == '#' { // the heading
				continue
			}
			s, problem := parseSite(b)
			if problem != "" {
				err = malformed(c.Path(), b, problem)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}
