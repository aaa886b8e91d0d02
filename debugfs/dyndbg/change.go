// SPDX-License-Identifier: Apache-2.0

package dyndbg

import (
	"cmp"
	"errors"
	"strings"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmsg"
)

// Enable adds flags to those of the call sites that q names; 0 is [Print]. It
// returns how many sites q names, 0 being no error.
//
// One write(2) changes them all, and the list is read after it to count. It is
// a call: it runs in the kernel to its end. errors.Is finds [io/fs.ErrInvalid]
// for a query that has no text, [kernlink.ErrNotSupported] for a flag or a
// word that this kernel does not know, EINVAL with a [LogError] for what else
// it refuses, [kernlink.ErrRestricted] for who is not root, [io/fs.ErrClosed]
// after Close.
func (c *Control) Enable(q Query, f Flags) (int, error) {
	return c.change("enable", '+', q, cmp.Or(f, Print))
}

// Disable removes flags; 0 is [Print]. It is as [Control.Enable] else.
func (c *Control) Disable(q Query, f Flags) (int, error) {
	return c.change("disable", '-', q, cmp.Or(f, Print))
}

// Set gives the call sites these flags and no others; 0 is none at all. It is
// as [Control.Enable] else.
func (c *Control) Set(q Query, f Flags) (int, error) { return c.change("set", '=', q, f) }

func (c *Control) change(op string, sign byte, q Query, f Flags) (int, error) {
	text, err := q.AppendText(make([]byte, 0, 128))
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return 0, &kernlink.Error{Channel: channel, Op: op, Path: c.Path(), Err: err}
	}
	text = f.append(append(text, ' ', sign))
	if err := c.write(op, text); err != nil {
		return 0, err
	}
	return c.count(q)
}

func (c *Control) count(q Query) (int, error) {
	n := 0
	for s, err := range c.Sites() {
		switch {
		case errors.Is(err, ErrMalformed):
		case err != nil:
			return n, err
		case q.Match(s):
			n++
		}
	}
	return n, nil
}

// Exec gives the kernel one query with its flags, in its own language, as it
// is: "module my_driver +p". It is for what a [Query] has no field for. The
// errors are those of [Control.Enable], and [io/fs.ErrInvalid] for what is empty
// or more than one query.
func (c *Control) Exec(query string) error {
	const op = "exec"
	switch {
	case strings.TrimSpace(query) == "":
		return &kernlink.Error{Channel: channel, Op: op, Path: c.Path(), Err: refused("an empty query")}
	case strings.ContainsAny(query, ";\n\x00"):
		return &kernlink.Error{Channel: channel, Op: op, Path: c.Path(), Err: refused("more than one query: %q", query)}
	}
	return c.write(op, []byte(query))
}

// write gives a query to the kernel and listens to the log meanwhile: that is
// where the reasons are.
func (c *Control) write(op string, query []byte) error {
	log, listening := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if listening == nil {
		defer log.Close()
	}
	err := c.file.Write(query)
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok {
		return err
	}
	e.Op = op
	if errors.Is(err, syscall.EINVAL) {
		why := &LogError{Errno: syscall.EINVAL, Query: string(query)}
		if listening == nil {
			why.Records = reasons(log)
		}
		e.Err, e.Kind, e.Hint = why, why.kind(), ""
		if len(why.Records) == 0 {
			e.Hint = "the kernel log says why"
		}
	}
	return e
}

// kind tells what this kernel does not know from what it refuses.
func (e *LogError) kind() error {
	if e.has("unknown flag") || e.has("unknown keyword") {
		return kernlink.ErrNotSupported
	}
	return nil
}

// reasons is what dynamic debug has said since log was opened.
func reasons(log *kmsg.Log) []kmsg.Record {
	var all []kmsg.Record
	for r, err := range log.Pending() {
		if err == nil && strings.HasPrefix(r.Text.String(), prefix) {
			all = append(all, r.Clone())
		}
	}
	return all
}
