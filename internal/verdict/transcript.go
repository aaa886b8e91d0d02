// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// Strip returns the text of a kernel log line as a serial console shows it:
// without carriage returns, ANSI escapes, `<4>`, the time stamp
// `[    1.234567] ` and the caller `[   T12] ` (CONFIG_PRINTK_CALLER). What is
// no kernel line is returned as it stands, apart from the escapes.
//
// It allocates only for a line with escapes inside.
func Strip(line string) string {
	line = strings.Trim(withoutEscapes(line), "\r\n")
	if i := strings.LastIndexByte(line, '\r'); i >= 0 {
		line = line[i+1:] // what the terminal would show
	}
	if rest, ok := cutBracket(line, '<', '>', isNumber); ok {
		line = rest
	}
	rest, ok := cutBracket(line, '[', ']', isTime)
	if !ok {
		return line
	}
	rest = strings.TrimPrefix(rest, " ")
	if after, ok := cutBracket(rest, '[', ']', isCaller); ok {
		rest = strings.TrimPrefix(after, " ")
	}
	return rest
}

// cutBracket cuts `[ WHAT]` off the front if WHAT satisfies is.
func cutBracket(s string, from, to byte, is func(string) bool) (rest string, ok bool) {
	if s == "" || s[0] != from {
		return s, false
	}
	end := strings.IndexByte(s, to)
	if end < 0 || end > 32 || !is(strings.TrimLeft(s[1:end], " ")) {
		return s, false
	}
	return s[end+1:], true
}

// isTime: seconds and microseconds.
func isTime(s string) bool {
	seconds, micros, ok := strings.Cut(s, ".")
	return ok && isNumber(seconds) && isNumber(micros) && len(micros) == 6
}

// isCaller: T and a thread, C and a CPU.
func isCaller(s string) bool {
	return len(s) > 1 && (s[0] == 'T' || s[0] == 'C') && isNumber(s[1:])
}

// withoutEscapes drops ANSI control sequences, ESC [ ... letter.
func withoutEscapes(s string) string {
	if strings.IndexByte(s, 0x1b) < 0 {
		return s
	}
	var b strings.Builder
	for {
		before, after, ok := strings.Cut(s, "\x1b")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		s = after
		if !strings.HasPrefix(s, "[") {
			continue
		}
		end := 1
		for end < len(s) && (s[end] < '@' || s[end] > '~') {
			end++
		}
		s = s[min(end+1, len(s)):]
	}
}

// Scan returns the reports in the transcript of a console, in their order; nil
// for a healthy one. The memory it takes is that of the reports, whose number
// and size it bounds no further than [Scanner] does.
func Scan(transcript string) []*Report {
	var s Scanner
	var reports []*Report
	for line := range strings.SplitSeq(transcript, "\n") {
		if s.Line(Strip(line)) != nil {
			reports = append(reports, s.Report())
		}
	}
	if s.giveUp() != nil { // the machine stopped inside of it
		reports = append(reports, s.Report())
	}
	return reports
}
