// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kmsg"
)

// The pauses between two attempts to unload a module that is in use: the
// kernel tells nobody when the last user lets go.
const (
	minPause = time.Millisecond
	maxPause = 100 * time.Millisecond
)

// Remove unloads the module called name, as rmmod(8) does. What it depends on
// stays.
//
// It is a wait: while the module is in use it tries again, until ctx ends. A
// ctx that has ended before the call lets it try nothing. The exit function
// runs to its end in the kernel, whatever happens to ctx.
//
// Errors, by errors.Is:
//
//   - [kernlink.ErrBusy], and the error of ctx: it was in use to the end;
//     errors.AsType[*BusyError] names the users.
//   - fs.ErrNotExist: it is not loaded, or is built into the kernel.
//   - [kernlink.ErrNotSupported]: it has no exit function and can never be
//     unloaded; or the kernel has no loadable modules.
//   - [kernlink.ErrRestricted]: CAP_SYS_MODULE is missing, or
//     kernel.modules_disabled is set.
//   - syscall.EINVAL: not a module's name.
//
// It follows delete_module(2), always with O_NONBLOCK.
func Remove(ctx context.Context, name string) error {
	_, err := remove(ctx, name)
	return err
}

// BusyError says who keeps a module loaded.
type BusyError struct {
	RefCount int      // users, known by name or not
	Holders  []string // the modules among them
	Errno    syscall.Errno
	Cause    error // why the wait ended: the context's error
}

// Error returns "in use (2 references; by nf_nat, nft_compat): context
// deadline exceeded".
func (e *BusyError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "in use (%d references", e.RefCount)
	if e.RefCount == 1 {
		b.Reset()
		b.WriteString("in use (1 reference")
	}
	if len(e.Holders) > 0 {
		b.WriteString("; by " + strings.Join(e.Holders, ", "))
	}
	b.WriteString("): " + e.Cause.Error())
	return b.String()
}

// Unwrap gives errors.Is the end of the context and the kernel's errno.
func (e *BusyError) Unwrap() []error { return []error{e.Cause, e.Errno} }

// remove returns what the kernel logged during the attempt that succeeded.
func remove(ctx context.Context, name string) ([]kmsg.Record, error) {
	name = Normalize(name)
	if bad := badName(name); bad != "" {
		return nil, &kernlink.Error{Channel: channel, Op: "remove", Path: name, Err: syscall.EINVAL, Hint: bad}
	}
	if err := ctx.Err(); err != nil {
		return nil, &kernlink.Error{Channel: channel, Op: "remove", Path: name, Err: err}
	}
	log := listen()
	defer log.close()
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		log.skip()
		err := sys.DeleteModule(name)
		if err == nil {
			return log.take(), nil
		}
		if err != syscall.EAGAIN && err != syscall.EBUSY {
			return nil, removeError(name, err)
		}
		if s, e := status(name); e == nil && s.Permanent {
			return nil, &kernlink.Error{
				Channel: channel, Op: "remove", Path: name, Kind: kernlink.ErrNotSupported, Err: err,
				Hint: "the module has no exit function: it stays until the next boot",
			}
		}
		if !sleep(ctx, pause) {
			return nil, busyError(name, err.(syscall.Errno), ctx.Err())
		}
	}
}

// sleep waits for d, or for the end of ctx and returns false.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func busyError(name string, errno syscall.Errno, cause error) error {
	busy := &BusyError{Errno: errno, Cause: cause}
	e := &kernlink.Error{Channel: channel, Op: "remove", Path: name, Kind: kernlink.ErrBusy, Err: busy}
	s, err := status(name)
	if err != nil {
		return e
	}
	busy.RefCount, busy.Holders = s.RefCount, s.Holders
	switch {
	case s.State != Live:
		e.Hint = "its state is " + s.State.String()
	case len(s.Holders) > 0:
		e.Hint = "remove " + strings.Join(s.Holders, ", ") + " first"
	default:
		e.Hint = "something has it open: a file, a mount, a socket or an interface"
	}
	return e
}

func removeError(name string, err error) error {
	if err == syscall.ENOENT {
		return notLoaded("remove", name, err)
	}
	e := &kernlink.Error{Channel: channel, Op: "remove", Path: name, Kind: kindOf(err), Err: err}
	switch err {
	case syscall.EPERM:
		e.Kind, e.Hint = kernlink.ErrRestricted, permissionHint()
	case syscall.ENOSYS:
		e.Kind, e.Hint = kernlink.ErrNotSupported, hintNoUnload
	}
	return e
}
