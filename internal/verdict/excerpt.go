// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// Excerpt returns at most the given number of lines of a report or a
// backtrace: those that lead to the place. The contents of registers, bytes of
// code and what else happens to lie on the stack ("? function") are left out.
func Excerpt(lines []string, most int) []string {
	var kept []string
	for _, line := range lines {
		if len(kept) == most {
			break
		}
		if leads(strings.TrimSpace(Strip(line))) {
			kept = append(kept, line)
		}
	}
	return kept
}

func leads(line string) bool {
	switch {
	case line == "", strings.HasPrefix(line, "? "), strings.HasPrefix(line, "<"), strings.HasPrefix(line, "---"):
		return false
	}
	head, _, ok := strings.Cut(line, ":")
	switch head {
	case "RIP", "CPU", "BUG":
		return true
	case "Code", "PKRU", "Modules linked in", "Hardware name":
		return false
	}
	return !ok || len(head) > 3 // RAX, CR2, FS, ...
}
