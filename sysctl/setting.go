// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink"
)

// Setting is a line of a sysctl.d file. One that is made by hand needs a Key
// and a Value.
type Setting struct {
	// Key is the key's name, in any form of [ParseName], or a pattern of
	// names: "net.ipv4.conf.*.rp_filter". In a component of a pattern "*" is
	// any text, "?" any character, "[a-c]" and "[!a-c]" one of these and one
	// of the others, and "\" takes the meaning from what follows.
	Key string

	Value string

	// Optional says that a failure is none, the "-" in front of a key.
	Optional bool

	// Exclude says that patterns leave the key alone, a line of "-", a key
	// and no value. Such a setting sets nothing. With a pattern for a key it
	// excludes nothing, as in systemd and procps.
	Exclude bool

	File string // where it was read, "" for nowhere
	Line int    // from 1; 0 for nowhere
}

// Pattern reports whether the setting is for all keys that match its Key.
func (s Setting) Pattern() bool { return strings.ContainsAny(s.Key, "*?[") }

// Where is the file and the line, "/etc/sysctl.d/10-net.conf:3", or "line 3" of
// a text that came from none, or "".
func (s Setting) Where() string {
	switch {
	case s.Line == 0:
		return s.File
	case s.File == "":
		return "line " + strconv.Itoa(s.Line)
	}
	return s.File + ":" + strconv.Itoa(s.Line)
}

// String is the line, in the form that is read again.
func (s Setting) String() string {
	switch {
	case s.Exclude:
		return "-" + s.Key
	case s.Optional:
		return "-" + s.Key + " = " + s.Value
	}
	return s.Key + " = " + s.Value
}

// SyntaxError says what is wrong with a line. It is found by
// errors.AsType[*sysctl.SyntaxError], is [fs.ErrInvalid] for errors.Is, and is
// a value to read, which may be shared.
type SyntaxError struct {
	File   string // "" for text that came from no file
	Line   int    // from 1
	Text   string // the line
	Reason string
}

func (e *SyntaxError) Error() string {
	const shown = 40
	if len(e.Text) > shown {
		return fmt.Sprintf("%s: %q...", e.Reason, e.Text[:shown])
	}
	return fmt.Sprintf("%s: %q", e.Reason, e.Text)
}

// Is makes it an [fs.ErrInvalid].
func (e *SyntaxError) Is(target error) bool { return target == fs.ErrInvalid }

// ParseSettings reads the text of a file of sysctl.d(5) or of sysctl.conf(5),
// line by line:
//
//	# a comment, and so is what begins with ;
//	net.ipv4.ip_forward = 1
//	-net.ipv6.conf.all.forwarding = 1   (a failure is none)
//	net.ipv4.conf.*.rp_filter = 2       (all that match)
//	-net.ipv4.conf.hub.rp_filter        (but not this one)
//
// Keys are in the form of [Name] afterwards, whatever separators they had, and
// values without white space around them; that within is left as it is. An
// empty value is one. There are no comments behind a value, and no
// continuation of a line.
//
// The error joins a *kernlink.Error with a [*SyntaxError] for each line that
// is none of these; what was read is returned too.
//
// It is a function of b alone.
func ParseSettings(b []byte) ([]Setting, error) { return parseSettings(b, "") }

func parseSettings(b []byte, file string) ([]Setting, error) {
	var settings []Setting
	var errs []error
	for n := 1; len(b) > 0; n++ {
		var line []byte
		line, b, _ = bytes.Cut(b, []byte{'\n'})
		line = trim(line)
		if len(line) == 0 || line[0] == '#' || line[0] == ';' {
			continue
		}
		s, reason := parseLine(line)
		s.File, s.Line = file, n
		if reason != "" {
			errs = append(errs, &kernlink.Error{
				Channel: channel, Op: "parse", Path: s.Where(),
				Err: &SyntaxError{file, n, string(line), reason},
			})
			continue
		}
		settings = append(settings, s)
	}
	return settings, errors.Join(errs...)
}

// trim takes white space off both ends, as C has it.
func trim(b []byte) []byte { return bytes.Trim(b, " \t\r\n\v\f") }

// parseLine reads one setting; a reason says why it is none.
func parseLine(line []byte) (s Setting, reason string) {
	key, value, isSetting := bytes.Cut(line, []byte{'='})
	key, minus := bytes.CutPrefix(key, []byte{'-'})
	if !isSetting && !minus {
		return s, "neither KEY = VALUE nor -KEY"
	}
	if bytes.IndexByte(line, 0) >= 0 {
		return s, "a zero byte"
	}
	s = Setting{Value: string(trim(value)), Optional: minus && isSetting, Exclude: !isSetting}
	components, err := ParseName(string(trim(key)))
	if err != nil {
		return s, "no name of a sysctl"
	}
	s.Key = Name(components...)
	if s.Pattern() && !isPattern(components) {
		return s, "a pattern that does not end"
	}
	return s, ""
}
