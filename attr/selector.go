// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"fmt"
	"slices"
	"strings"
)

// Selector is the value of a file that prints all choices and marks the one
// that holds with brackets: "lzo [lzo-rle] lz4". It is written as the choice
// alone.
type Selector struct {
	Current string   // "" when no choice is marked
	Choices []string // all of them, Current included, in the kernel's order
}

// UnmarshalText reads the kernel's form. It fails with [ErrMalformed] when two
// choices are marked or a bracket is open.
func (s *Selector) UnmarshalText(text []byte) error {
	*s = Selector{}
	for _, word := range strings.Fields(string(text)) {
		name, opened := strings.CutPrefix(word, "[")
		name, closed := strings.CutSuffix(name, "]")
		switch {
		case opened != closed, opened && name == "":
			return fmt.Errorf("%w: a bracket is not closed", ErrMalformed)
		case opened && s.Current != "":
			return fmt.Errorf("%w: two choices are marked", ErrMalformed)
		case opened:
			s.Current = name
		}
		s.Choices = append(s.Choices, name)
	}
	return nil
}

// MarshalText is the form that is written: Current. It fails with
// [ErrMalformed] when there is none, or when Choices are known and it is not
// among them.
func (s Selector) MarshalText() ([]byte, error) {
	if s.Current == "" || len(s.Choices) > 0 && !slices.Contains(s.Choices, s.Current) {
		return nil, fmt.Errorf("%w: %q is none of the choices %q", ErrMalformed, s.Current, s.Choices)
	}
	return []byte(s.Current), nil
}

// String is the kernel's form.
func (s Selector) String() string {
	var b strings.Builder
	marked := false // once, should a driver print a choice twice
	for i, c := range s.Choices {
		if i > 0 {
			b.WriteByte(' ')
		}
		if c == s.Current && !marked {
			marked = true
			fmt.Fprintf(&b, "[%s]", c)
		} else {
			b.WriteString(c)
		}
	}
	return b.String()
}

// Choice is the codec of a bracketed selector that is read as the choice that
// holds and nothing else: "lzo-rle". [Selector] has all of them.
func Choice() Codec[string] {
	return Codec[string]{
		Decode: func(text []byte) (string, error) {
			var s Selector
			if err := s.UnmarshalText(trim(text)); err != nil {
				return "", malformed(text, "bracketed selector", err)
			}
			if s.Current == "" {
				return "", malformed(text, "bracketed selector", nil)
			}
			return s.Current, nil
		},
		Append: appendString,
	}
}
