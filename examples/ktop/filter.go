// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import "regexp"

// filter is a word or a regular expression that commands are looked through
// for, in capitals or not.
type filter struct {
	text    string
	pattern *regexp.Regexp
}

// filterOf makes a filter; nothing filters nothing, which is nil. What is no
// regular expression is looked for as it is.
func filterOf(text string) *filter {
	if text == "" {
		return nil
	}
	pattern, err := regexp.Compile("(?i)" + text)
	if err != nil {
		pattern = regexp.MustCompile("(?i)" + regexp.QuoteMeta(text))
	}
	return &filter{text, pattern}
}

// takes reports whether the process is to be shown. Its command is known. The
// answer is kept with the command: most of them never change.
func (f *filter) takes(w *who) bool {
	if f == nil {
		return true
	}
	if w.filter != f {
		w.filter, w.matches = f, f.pattern.Match(w.command)
	}
	return w.matches
}
