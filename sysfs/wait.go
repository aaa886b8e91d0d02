// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"context"
	"errors"
	"time"

	"github.com/kernlink/kernlink"
)

// usualInterval is that of WaitDevice when the options do not say.
const usualInterval = 10 * time.Millisecond

// WaitDevice is [FS.Device] for a device that may be still to come, and its
// subsystem with it. It is a wait: it ends with ctx at once, and looks at an
// interval ([Options]) until then.
//
// The kernel shows a device a moment before its attributes, so a device that
// came during the wait is left alone for one interval more.
//
// errors.Is finds the cause of ctx's end (the error's Hint says what was
// missing at the last look), and what [FS.Device] gives except
// [fs.ErrNotExist].
func (f *FS) WaitDevice(ctx context.Context, subsystem, name string) (*Device, error) {
	return f.wait(ctx, name, classOf(subsystem), busOf(subsystem))
}

func (f *FS) wait(ctx context.Context, name string, in ...subsystem) (*Device, error) {
	interval := f.opts.Interval
	if interval <= 0 {
		interval = usualInterval
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	var missing error
	for first := true; ; first = false {
		if ctx.Err() != nil {
			return nil, waitEnded(in[0].name+"/"+name, context.Cause(ctx), missing)
		}
		dev, err := f.device(name, in...)
		if err == nil && first || err != nil && !vanished(err) {
			return dev, err
		}
		missing = err
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
		if dev == nil {
			continue
		}
		if !dev.Gone() && ctx.Err() == nil {
			return dev, nil
		}
		dev.Close()
	}
}

// waitEnded says why a wait ended, and in its hint what it had waited for.
func waitEnded(path string, cause, missing error) error {
	e := &kernlink.Error{Channel: channel, Op: "wait", Path: path, Err: cause}
	if m, ok := errors.AsType[*kernlink.Error](missing); ok {
		e.Hint = m.Hint
	}
	return e
}
