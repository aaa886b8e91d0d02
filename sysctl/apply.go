// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// State is what became of a key.
type State int

const (
	Written State = iota + 1 // the kernel took the value
	Skipped                  // not written: By says for which setting, or a pattern was for nothing
	Ignored                  // failed, and the setting is Optional: Err says why
	Failed                   // Err says why
)

func (s State) String() string {
	switch s {
	case Written:
		return "written"
	case Skipped:
		return "skipped"
	case Ignored:
		return "ignored"
	case Failed:
		return "failed"
	}
	return "unknown"
}

// Result is what [FS.Apply] did with one key, or what [FS.Plan] says that it
// would.
type Result struct {
	// Key is the key's name, or a pattern that no key matches, or that was to
	// exclude keys, which a pattern cannot.
	Key string

	Setting Setting // what asked for it
	State   State

	// Old and New are the values before and after, as the kernel shows them,
	// "" for a key that cannot be read. New of a plan is the value to write;
	// of a key that Failed, what is there when a part was stored all the same
	// ([io.ErrShortWrite]: there were more numbers than the key has).
	Old, New string

	By  *Setting // of a key that was Skipped: the setting that names it
	Err error    // of one that Failed or was Ignored
}

// Changed reports whether the key has, or would have, another value now.
func (r Result) Changed() bool { return r.State == Written && !sameWords(r.Old, r.New) }

// Taken reports whether the kernel shows the value that was written. Where it
// does not, that may be right (0x10 is shown as 16), or it took a part: it
// drops the rest of a long string, and leaves the others when it gets fewer
// numbers than the key has.
func (r Result) Taken() bool { return r.State == Written && sameWords(r.New, r.Setting.Value) }

// sameWords compares values: the kernel shows a vector with tabs in it.
func sameWords(a, b string) bool { return slices.Equal(strings.Fields(a), strings.Fields(b)) }

// String is a line that says it all.
func (r Result) String() string {
	text := r.Key + ": "
	switch {
	case r.Err != nil:
		return text + r.State.String() + ": " + r.Err.Error() // which has the place
	case r.By != nil:
		text += "skipped, for " + r.By.String()
	case r.State == Skipped && r.Setting.Exclude:
		text += "skipped, a pattern excludes nothing"
	case r.State == Skipped:
		text += "skipped, no key matches"
	case r.Old == "" && r.New == "":
		text += "written"
	case r.Changed():
		text += show(r.Old) + " -> " + show(r.New)
	default:
		text += show(r.New) + " as before"
	}
	if r.State == Written && r.New != "" && !r.Taken() {
		text += ", not " + show(r.Setting.Value)
	}
	if where := r.Setting.Where(); where != "" {
		text += " (" + where + ")"
	}
	return text
}

func show(value string) string {
	if words := strings.Fields(value); len(words) > 0 {
		return strings.Join(words, " ")
	}
	return `""`
}

// Apply writes settings, in their order, and says of each key what became of
// it. What cannot be written does not keep the others from it: err joins the
// failures, each a *kernlink.Error that names the setting's place.
//
// As in systemd, of settings of one key the last one counts, and a key that a
// setting names, be it to exclude it, is left alone by all patterns, whatever
// their order. A pattern that nothing matches is no failure. A key that is not
// there, or that this process may not write, is one, unless the setting is
// Optional; systemd passes over both.
//
// Nothing is written when a setting's Key is none: then there are no results,
// and the error is a [*SyntaxError] for each.
//
// Each key is read, written and read again. It is a call: ctx is looked at
// before each key, and when it has ended the results so far are returned, and
// its error.
func (f *FS) Apply(ctx context.Context, settings []Setting) ([]Result, error) {
	return f.run(ctx, settings, f.write)
}

// Plan says what Apply would do, and writes nothing: what each key has, and
// what it would get. It does not know what the kernel would refuse.
func (f *FS) Plan(ctx context.Context, settings []Setting) ([]Result, error) {
	return f.run(ctx, settings, f.compare)
}

// run does something with each key that settings mean.
func (f *FS) run(ctx context.Context, settings []Setting, do func(r *Result, key attr.File) error) (results []Result, err error) {
	p, err := newProgram(settings)
	if err != nil {
		return nil, err
	}
	var errs []error
	for r, key := range p.steps(f) {
		if err := ctx.Err(); err != nil {
			errs = append(errs, failure("apply", r.Key, err))
			break
		}
		if r.State == 0 {
			r.State = Written
			if err := do(&r, key); err != nil {
				r.fail(err)
			}
		}
		if r.State == Failed {
			errs = append(errs, r.Err)
		}
		results = append(results, r)
	}
	return results, errors.Join(errs...)
}

// fail says that the key could not be read or written.
func (r *Result) fail(err error) {
	r.State = Failed
	if r.Setting.Optional {
		r.State = Ignored
	}
	e := &kernlink.Error{Channel: channel, Op: "apply", Path: r.Key, Err: err}
	if inner, ok := err.(*kernlink.Error); ok {
		*e = *inner
		e.Op = "apply"
	}
	switch where := r.Setting.Where(); {
	case where != "" && e.Hint != "":
		e.Hint += "; " + where
	case where != "":
		e.Hint = where
	}
	r.Err = e
}

func (f *FS) compare(r *Result, key attr.File) error {
	old, err := attr.Get[string](key)
	if err != nil && !errors.Is(err, kernlink.ErrNotSupported) { // it can only be written
		return err
	}
	r.Old, r.New = old, r.Setting.Value
	return nil
}

func (f *FS) write(r *Result, key attr.File) error {
	r.Old, _ = attr.Get[string](key) // writing says more
	err := attr.Set(key, r.Setting.Value)
	if err == nil || errors.Is(err, io.ErrShortWrite) {
		r.New, _ = attr.Get[string](key)
	}
	return err
}
