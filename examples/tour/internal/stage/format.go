// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// format writes a value as it is shown: text plain where it can be, quoted
// where spaces or nothing would be lost to the eye.
func format(v any) string {
	text := fmt.Sprint(v)
	if b, ok := v.([]byte); ok {
		text = string(b)
	}
	if text == "" || strings.TrimSpace(text) != text {
		return strconv.Quote(text)
	}
	return printable(text)
}

// printable keeps what would move the cursor or colour the terminal from
// reaching it: the kernel log holds what devices and users put there.
func printable(text string) string {
	ok := func(r rune) bool { return unicode.IsPrint(r) && r != utf8.RuneError }
	if strings.IndexFunc(text, func(r rune) bool { return !ok(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		if ok(r) {
			b.WriteString(text[:n])
		} else {
			q := strconv.Quote(text[:n])
			b.WriteString(q[1 : len(q)-1])
		}
		text = text[n:]
	}
	return b.String()
}

// wrap breaks text at spaces so that no line is longer than width columns;
// a word that is longer is cut.
func wrap(text string, width int) []string {
	width = max(width, 1)
	var lines []string
	for utf8.RuneCountInString(text) > width {
		runes := []rune(text)
		cut := width
		for cut > 0 && runes[cut] != ' ' {
			cut--
		}
		if strings.TrimSpace(string(runes[:cut])) == "" {
			lines, text = append(lines, string(runes[:width])), string(runes[width:])
			continue
		}
		lines, text = append(lines, string(runes[:cut])), string(runes[cut+1:])
	}
	return append(lines, text)
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
