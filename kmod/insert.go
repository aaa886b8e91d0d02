// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// InsertOptions says how to load. The zero value is what one wants.
type InsertOptions struct {
	// IgnoreVermagic and IgnoreModversions load a module that was built for
	// another kernel. It may well crash this one, which remembers with the
	// taint letter F.
	IgnoreVermagic    bool
	IgnoreModversions bool

	// AllowUnknown passes parameters on that the module does not declare, and
	// does not check the others. The kernel ignores unknown ones; only the
	// log says so.
	AllowUnknown bool

	// MaxSize bounds the module in memory, in bytes, where it has to be
	// uncompressed. 0 means 512 MiB.
	MaxSize int64
}

func (o *InsertOptions) maxSize() int64 {
	if o.MaxSize <= 0 {
		return defaultMaxSize
	}
	return o.MaxSize
}

// flags returns what finit_module(2) calls them.
func (o *InsertOptions) flags() int {
	var f int
	if o.IgnoreVermagic {
		f |= sys.ModuleInitIgnoreVermagic
	}
	if o.IgnoreModversions {
		f |= sys.ModuleInitIgnoreModversions
	}
	return f
}

// Insert loads the kernel module in the file at path, as insmod(8) does:
// dependencies are not looked for.
//
// params is what package modparam marshals: a struct with `param` tags, a
// map, a string in the kernel's own form, or nil. It is checked against the
// parameters that the module declares before the kernel sees it, since the
// kernel ignores names that it does not know. The file may be compressed with
// gzip, xz or zstd, whatever its name; the kernel uncompresses it where it
// can.
//
// Insert is a call, not a wait: ctx is looked at before the kernel is
// entered, and then the module's init function runs to its end.
//
// Errors, by errors.Is; errors.AsType[*LogError] has the kernel's own words
// with those that come from it:
//
//   - [ErrLoaded]: it is loaded already.
//   - [ErrUnknownSymbol]: other modules must be loaded first.
//   - [ErrVermagic]: it was built for another kernel.
//   - [ErrFormat]: the file is not a module.
//   - fs.ErrNotExist, fs.ErrPermission, ...: the file cannot be opened.
//   - those of modparam: an unknown parameter, a value that the kernel cannot
//     take.
//   - [kernlink.ErrRestricted]: CAP_SYS_MODULE is missing, or a policy
//     forbids it: signatures, lockdown, kernel.modules_disabled,
//     module_blacklist=.
//   - [kernlink.ErrBusy]: a module of this name is on its way in or out.
//   - [kernlink.ErrNotSupported]: the kernel has no loadable modules.
//   - any other errno: what the module's init function returned, like
//     syscall.ENODEV, or syscall.EINVAL and syscall.ERANGE for the value of a
//     parameter.
//
// It needs CAP_SYS_MODULE. It follows finit_module(2), and init_module(2)
// where the kernel cannot read the file as it is.
func Insert(ctx context.Context, path string, params any) (*Module, error) {
	if err := ctx.Err(); err != nil {
		return nil, insertError(path, err)
	}
	fd, size, err := openFile(path)
	if err != nil {
		return nil, insertError(path, err)
	}
	defer sys.Close(fd)
	return insert(ctx, &source{path: path, fd: fd, size: size}, params, InsertOptions{})
}

// InsertFile does the same for a file that is open already, for one that a
// launcher handed over, for example. nil opts are the defaults.
//
// f must be open for reading only, and nobody may have it open for writing:
// the kernel answers syscall.ETXTBSY. Its position does not matter and does
// not change; it stays open, and in the mode that it was in.
//
// Errors: those of [Insert].
func InsertFile(ctx context.Context, f *os.File, params any, opts *InsertOptions) (*Module, error) {
	if opts == nil {
		opts = &InsertOptions{}
	}
	stat, err := f.Stat()
	if err != nil {
		return nil, insertError("", err)
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, insertError(f.Name(), err)
	}
	var m *Module
	controlErr := conn.Control(func(fd uintptr) {
		m, err = insert(ctx, &source{path: f.Name(), fd: int(fd), size: stat.Size()}, params, *opts)
	})
	if controlErr != nil {
		return nil, insertError(f.Name(), controlErr)
	}
	return m, err
}

// source is an open module file.
type source struct {
	path string // for messages
	fd   int
	size int64
}

func (s *source) reader() io.ReaderAt { return fdReader(s.fd) }

// name is the module's name in the kernel. Modules older than Linux 4.13 do
// not say theirs; it is that of the file, then.
func (s *source) name(info *Info) string {
	if info.Name != "" {
		return Normalize(info.Name)
	}
	base, _, _ := strings.Cut(filepath.Base(s.path), ".ko")
	return Normalize(base)
}

func insert(ctx context.Context, src *source, params any, opts InsertOptions) (*Module, error) {
	img, info, err := open(src.reader(), src.size, opts.maxSize())
	if err != nil {
		return nil, insertError(src.path, err)
	}
	args, err := arguments(img.elf, params, opts.AllowUnknown)
	if err != nil {
		return nil, insertError(src.path, err)
	}
	if err := ctx.Err(); err != nil { // unpacking takes its time
		return nil, insertError(src.path, err)
	}
	name := src.name(info)
	log := listen()
	defer log.close()
	err = load(src, img, args, &opts)
	records := log.take()
	if errno, ok := err.(syscall.Errno); ok {
		return nil, explain(src.path, name, info, &LogError{Errno: errno, Records: records})
	}
	if err != nil {
		return nil, insertError(src.path, err)
	}
	return &Module{name: name, log: records}, nil
}

// insertError wraps what went wrong before the kernel was asked.
func insertError(path string, err error) error {
	e := &kernlink.Error{Channel: channel, Op: "insert", Path: path, Kind: kindOf(err), Err: err}
	return e
}
