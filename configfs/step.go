// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"path"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Op is what a [Step] does.
type Op byte

// The operations.
const (
	Make       Op = iota + 1 // an item, unless it came with the one that it is in
	Set                      // an attribute, unless it has the value
	Deactivate               // Set of what switches an item off
	Activate                 // Set of what switches it on
	MakeLink
	Unlink
	Remove // an item, unless it is a default group, which goes with the one it is in
)

var opNames = [...]string{
	Make: "make", Set: "set", Deactivate: "deactivate", Activate: "activate",
	MakeLink: "link", Unlink: "unlink", Remove: "remove",
}

func (o Op) String() string {
	if o == 0 || int(o) >= len(opNames) {
		return "Op(" + strconv.Itoa(int(o)) + ")"
	}
	return opNames[o]
}

// Step is one change of a [Plan]. Steps may be compared.
type Step struct {
	Op Op

	// Path is that of the item, or of the link, below the root.
	Path string

	// Attr and Value are those of an attribute that is written; Old is what it
	// printed when the plan was made, "" when it was not there yet or cannot
	// be read.
	Attr, Value, Old string

	// Target is where a link leads.
	Target string
}

// step is a Step, and what its value was before it was text.
type step struct {
	Step
	kind valueKind
}

func (s step) value() value { return value{s.Value, s.kind} }

// String returns the step as one line: "set nullb/disk0/size = 64 (was 250)".
func (s Step) String() string {
	var b strings.Builder
	b.WriteString(s.Op.String() + " " + path.Join(s.Path, s.Attr))
	switch s.Op {
	case Set, Activate, Deactivate:
		b.WriteString(" = " + shown(s.Value))
		if s.Old != "" {
			b.WriteString(" (was " + shown(written(s.Old)) + ")")
		}
	case MakeLink, Unlink:
		b.WriteString(" -> " + s.Target)
	}
	return b.String()
}

// shown is a value for people: on one line, and not all of a long one.
func shown(text string) string {
	const most = 60
	odd := func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == utf8.RuneError }
	switch {
	case len(text) > most:
		return strconv.Quote(text[:most]) + "..."
	case text == "", strings.ContainsFunc(text, odd):
		return strconv.Quote(text)
	}
	return text
}
