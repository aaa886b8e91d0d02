// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"regexp"
	"strconv"
	"strings"
)

// Definition is what a probe is: a [KProbe] or a [UProbe].
type Definition interface {
	// Command is the line that makes it.
	Command() (string, error)

	event() (group, name string)
	file() (name, option string)
}

// Arg is a value that a probe records each time.
type Arg struct {
	Name  string // of the event's field; "" for the kernel's choice, arg1
	Fetch string // where it is: "$arg1", "%di", "+8(%si)", "$retval", "$comm"
	Type  string // "u32", "x64", "string", "ustring"; "" for a number of the machine
}

func (a Arg) String() string {
	text := a.Fetch
	if a.Name != "" {
		text = a.Name + "=" + text
	}
	if a.Type != "" {
		text += ":" + a.Type
	}
	return text
}

// The kernel's limits of a name (MAX_EVENT_NAME_LEN) and of a command
// (WRITE_BUFSIZE).
const (
	maxName    = 63
	maxCommand = 4093
)

var (
	identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	argType    = regexp.MustCompile(`^[a-z]+[0-9]*(@[0-9]+/[0-9]+)?(\[[0-9]+\])?$`)
)

func isIdentifier(text string) bool { return len(text) <= maxName && identifier.MatchString(text) }

// isPlain tells whether a text is one word to the kernel, which ends words at
// blanks, commands at newlines, and both at the # that begins a comment.
func isPlain(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c == '#' || c == 0x7f {
			return false
		}
	}
	return text != ""
}

func orElse(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

// eventOf is the name of a probe's event, for people to read.
func eventOf(d Definition) string {
	group, name := d.event()
	return group + "/" + name
}

// checkProbe refuses what both kinds have in common.
func checkProbe(d Definition, args []Arg) error {
	group, name := d.event()
	if !isIdentifier(group) || !isIdentifier(name) {
		return refuse("add probe", eventOf(d), "the group's and the event's names are of letters, digits and _, 63 at most")
	}
	for _, a := range args {
		switch {
		case a.Name != "" && !isIdentifier(a.Name):
			return refuse("add probe", eventOf(d), "%q is no name of an argument", a.Name)
		case !isPlain(a.Fetch) || a.Name == "" && strings.Contains(a.Fetch, "="):
			return refuse("add probe", eventOf(d), "%q is nothing to fetch", a.Fetch)
		case a.Type != "" && !argType.MatchString(a.Type):
			return refuse("add probe", eventOf(d), "%q is no type", a.Type)
		}
	}
	return nil
}

func finish(b *strings.Builder, args []Arg) (string, error) {
	for _, a := range args {
		b.WriteString(" " + a.String())
	}
	if b.Len() > maxCommand {
		return "", refuse("add probe", "", "the command has %d bytes, and the kernel takes %d", b.Len(), maxCommand)
	}
	return b.String(), nil
}

// ParseProbe reads a line of kprobe_events, uprobe_events or dynamic_events.
// errors.Is finds [ErrMalformed] for what is no kprobe and no uprobe.
func ParseProbe(line []byte) (Definition, error) {
	text := strings.TrimSuffix(string(line), "\n")
	d, ok := parseProbeLine(text)
	switch {
	case !ok:
	case strings.HasPrefix(d.place, "/"):
		if p, ok := parseUProbe(d); ok {
			return p, nil
		}
	default:
		if p, ok := parseKProbe(d); ok {
			return p, nil
		}
	}
	return nil, malformed("parse probe", line, "no probe")
}

// probeLine is a line of which the place is not yet understood.
type probeLine struct {
	returns     bool
	maxActive   int
	group, name string
	place       string
	args        []Arg
}

func parseProbeLine(text string) (d probeLine, ok bool) {
	words := strings.Fields(text)
	if len(words) < 2 {
		return d, false
	}
	kind, event, ok := strings.Cut(words[0], ":")
	if !ok || kind == "" {
		return d, false
	}
	switch {
	case kind == "p":
	case kind[0] == 'r':
		d.returns = true
		if kind != "r" {
			n, err := strconv.ParseUint(kind[1:], 10, 31)
			if err != nil {
				return d, false
			}
			d.maxActive = int(n)
		}
	default:
		return d, false
	}
	d.group, d.name, ok = strings.Cut(event, "/")
	d.place = words[1]
	for _, word := range words[2:] {
		d.args = append(d.args, parseArg(word))
	}
	return d, ok && d.group != ""
}

// parseArg reads "path=+0(%si):string".
func parseArg(word string) (a Arg) {
	if name, rest, ok := strings.Cut(word, "="); ok && isIdentifier(name) {
		a.Name, word = name, rest
	}
	a.Fetch = word
	if colon := strings.LastIndexByte(word, ':'); colon > 0 && argType.MatchString(word[colon+1:]) {
		a.Fetch, a.Type = word[:colon], word[colon+1:]
	}
	return a
}
