// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Width is how many columns a page has; margin of them belong to the name of
// the voice and its bar.
const (
	Width   = 96
	margin  = 11
	content = Width - margin
)

// page prints lines that are laid out already.
type page struct {
	w     *bufio.Writer
	color bool
	err   error
}

func newPage(w io.Writer, color bool) *page {
	return &page{w: bufio.NewWriter(w), color: color}
}

func (p *page) line(spans ...span) {
	for i, s := range spans {
		if i == len(spans)-1 {
			s.text = strings.TrimRight(s.text, " ")
		}
		if p.color && s.style != plain && strings.TrimSpace(s.text) != "" {
			s.text = "\x1b[" + string(s.style) + "m" + s.text + "\x1b[0m"
		}
		p.w.WriteString(s.text) // bufio keeps the error for Flush
	}
	p.w.WriteByte('\n')
}

// flush lets the reader see what there is; the first error stays.
func (p *page) flush() {
	if err := p.w.Flush(); p.err == nil {
		p.err = err
	}
}

// speak prints lines beside the name of who speaks.
func (p *page) speak(name string, st style, lines []line) {
	for i, l := range lines {
		if i > 0 {
			name = ""
		}
		head := []span{{st, fmt.Sprintf("%*s", margin-3, name)}, {bar, " │ "}}
		if len(l) == 0 {
			head[1].text = " │"
		}
		p.line(append(head, l...)...)
	}
}

// heading prints text beside a number.
func (p *page) heading(number string, st style, text string) {
	for _, l := range wrap(text, content) {
		p.line(span{st, fmt.Sprintf("%*s", margin-3, number)}, span{plain, "   "}, span{st, l})
		number = ""
	}
}

// rule prints the title of a chapter across the page.
func (p *page) rule(number, title, packages string) {
	packages = "package " + packages
	if strings.Contains(packages, ",") {
		packages = "packages" + strings.TrimPrefix(packages, "package")
	}
	n := content - utf8.RuneCountInString(title) - utf8.RuneCountInString(packages) - 2
	p.line(span{strong, fmt.Sprintf("%*s   %s ", margin-3, number, title)},
		span{bar, strings.Repeat("─", max(n, 3))}, span{faint, " " + packages})
}
