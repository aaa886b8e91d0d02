// SPDX-License-Identifier: Apache-2.0

package debugfs

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/internal/errno"
	"github.com/kernlink/kernlink/internal/feature"
	"github.com/kernlink/kernlink/internal/mount"
	"github.com/kernlink/kernlink/internal/sys"
)

// Options are the choices of [Open] and [OpenAt]. There are none yet, and nil
// is the default.
type Options struct{}

// FS is a mounted debugfs, or a folder that looks like one.
//
// It owns one file descriptor until Close. It may be used by several
// goroutines, Close included. Files that it handed out are of no use after
// Close; folders keep theirs.
type FS struct {
	dir *attr.Dir
}

// usual is where debugfs is mounted.
const usual = "/sys/kernel/debug"

// Open opens the debugfs that is mounted at /sys/kernel/debug, or wherever
// else it is.
//
// errors.Is finds [kernlink.ErrNotSupported] where it is not mounted, or the
// kernel has none; the Hint says which of these, and what to do.
//
// Any user may open it. Using what is in it is for root as a rule, and
// lockdown shows only then: the folders can be listed all the same.
func Open(_ *Options) (*FS, error) {
	fd, where, ok, err := mount.Find("debugfs", sys.DebugMagic, usual)
	if !ok {
		return nil, notMounted(err)
	}
	return &FS{attr.Adopt(fd, where, attr.Debugfs)}, nil
}

// OpenAt opens a debugfs at another place: a container's, or an ordinary
// folder that a test has filled. It does not look whether it is a debugfs.
//
// errors.Is finds [io/fs.ErrNotExist] and [kernlink.ErrRestricted].
func OpenAt(dir string, _ *Options) (*FS, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, &kernlink.Error{Channel: channel, Op: "open", Path: dir, Err: err}
	}
	d, err := attr.OpenDir(dir, attr.Debugfs)
	if err != nil {
		return nil, err
	}
	return &FS{d}, nil
}

// Path is where the debugfs was found: "/sys/kernel/debug".
func (f *FS) Path() string { return f.dir.Path() }

// Close gives the descriptor back. A second Close fails with
// [io/fs.ErrClosed].
func (f *FS) Close() error { return f.dir.Close() }

// File is the file at a path below the root, in the form of
// [io/fs.ValidPath]: "debugfs_ex/count". It does not look whether there is
// one; what is wrong shows when it is used, as [io/fs.ErrInvalid] or
// [io/fs.ErrNotExist].
func (f *FS) File(path string) attr.File { return f.dir.File(path) }

// Dir opens the folder at a path below the root, in the form of
// [io/fs.ValidPath]; "." is the root. It is the folder that is there now, whatever comes by its
// name later; the caller closes it.
//
// errors.Is finds [io/fs.ErrInvalid] for another form of path,
// [io/fs.ErrNotExist], [kernlink.ErrRestricted] for who may not look into
// debugfs, [io/fs.ErrClosed] after Close.
func (f *FS) Dir(path string) (*attr.Dir, error) {
	if path != "." {
		return f.dir.OpenDir(path)
	}
	at, err := f.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer f.dir.Release()
	fd, err := sys.OpenAt(at, path, sys.PathOnly|sys.Directory)
	if err != nil {
		return nil, &kernlink.Error{Channel: channel, Op: "open", Path: f.Path(), Kind: errno.Kind(err), Err: err}
	}
	return attr.Adopt(fd, f.Path(), attr.Debugfs), nil
}

// notMounted says why there is no debugfs, and what to do about it.
func notMounted(err error) error {
	e := &kernlink.Error{Channel: channel, Op: "open", Path: usual, Kind: kernlink.ErrNotSupported, Err: err}
	if errors.Is(err, errors.ErrUnsupported) { // another system
		return e
	}
	e.Hint = hint(isKnown(), bootOption(), configured())
	return e
}

// hint says what to do: whether the kernel knows the file system, what it was
// booted with, and what it was built with, each as far as it is known.
func hint(known bool, boot, config string) string {
	const command = "mount -t debugfs none " + usual
	switch {
	case boot == "off", boot == "no-mount":
		return "the kernel was booted with debugfs=" + boot
	case known, config == "y":
		return "it is not mounted: " + command
	case config == "n":
		return "the kernel was built without CONFIG_DEBUG_FS"
	}
	return "it is not mounted: " + command + "; the kernel needs CONFIG_DEBUG_FS"
}

func isKnown() bool {
	text, err := sys.ReadFile("/proc/filesystems")
	return err == nil && slices.Contains(strings.Fields(string(text)), "debugfs")
}

// bootOption is the value of debugfs= on the kernel's command line, or "".
func bootOption() string {
	text, err := sys.ReadFile("/proc/cmdline")
	if err != nil {
		return ""
	}
	value := ""
	for _, word := range strings.Fields(string(text)) {
		if v, ok := strings.CutPrefix(word, "debugfs="); ok {
			value = v // the last one holds
		}
	}
	return value
}

func configured() string {
	config, err := feature.RunningConfig()
	if err != nil {
		return ""
	}
	value, _ := config.Value("CONFIG_DEBUG_FS")
	return value
}
