// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"errors"
	"iter"
	"slices"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// program is settings as they count: each key once.
type program struct {
	order []*step
	named map[string]*step // by the form of Name, patterns too
}

type step struct {
	Setting
	components []string
	key        string // in the form of Name
}

func newProgram(settings []Setting) (*program, error) {
	p := &program{named: make(map[string]*step, len(settings))}
	var errs []error
	for _, s := range settings {
		components, err := ParseName(s.Key)
		reason := ""
		if err != nil {
			reason = "no name of a sysctl"
		} else if s.Pattern() && !isPattern(components) {
			reason = "a pattern that does not end"
		}
		if reason != "" {
			errs = append(errs, &kernlink.Error{
				Channel: channel, Op: "apply", Path: s.Where(),
				Err: &SyntaxError{s.File, s.Line, s.String(), reason},
			})
			continue
		}
		p.add(&step{s, components, Name(components...)})
	}
	return p, errors.Join(errs...)
}

// add puts a setting at the end, and takes an earlier one of the same key away.
// One that says the same stays in its place.
func (p *program) add(s *step) {
	if before := p.named[s.key]; before != nil {
		if before.Value == s.Value && before.Exclude == s.Exclude {
			before.Optional = before.Optional || s.Optional
			return
		}
		p.order = slices.DeleteFunc(p.order, func(other *step) bool { return other == before })
	}
	p.named[s.key] = s
	p.order = append(p.order, s)
}

// steps yields the keys that are meant. Those whose result is known already
// have a State.
func (p *program) steps(f *FS) iter.Seq2[Result, attr.File] {
	return func(yield func(Result, attr.File) bool) {
		for _, s := range p.order {
			switch {
			case s.Exclude && s.Pattern():
				if !yield(Result{Key: s.key, Setting: s.Setting, State: Skipped}, attr.File{}) {
					return
				}
			case s.Exclude:
			case s.Pattern():
				if !p.matches(f, s, yield) {
					return
				}
			case !yield(Result{Key: s.key, Setting: s.Setting}, f.Key(s.components...)):
				return
			}
		}
	}
}

// matches yields the keys that match a pattern, and reports whether there is
// more to do.
func (p *program) matches(f *FS, s *step, yield func(Result, attr.File) bool) bool {
	keys, err := f.match(s.components)
	for _, key := range keys {
		r := Result{Key: Name(key...), Setting: s.Setting}
		if by := p.named[r.Key]; by != nil {
			r.State, r.By = Skipped, &by.Setting
		}
		if !yield(r, f.Key(key...)) {
			return false
		}
	}
	r := Result{Key: s.key, Setting: s.Setting, State: Skipped}
	if err != nil {
		r.fail(err)
	}
	return err == nil && len(keys) > 0 || yield(r, attr.File{})
}
