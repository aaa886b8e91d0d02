// SPDX-License-Identifier: Apache-2.0

package modparam

import "strings"

// sameName is the kernel's parameq.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if underscore(a[i]) != underscore(b[i]) {
			return false
		}
	}
	return true
}

// canonical spells a name so that equal names are equal strings.
func canonical(name string) string { return strings.ReplaceAll(name, "-", "_") }

func underscore(c byte) byte {
	if c == '-' {
		return '_'
	}
	return c
}

// checkName refuses what cannot be the name of a module's parameter. The
// names are parts of C identifiers, so this is no loss.
func checkName(name string) error {
	switch {
	case name == "":
		return refuse("a parameter has no name")
	case name == "--":
		return refuse("the word -- would end the parameters")
	}
	for i := range len(name) {
		c := name[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-':
		case c == '.':
			return refuse("name %q has a dot: module.name is the form of the kernel command line, here the module is given", name)
		default:
			return refuse("name %q has the character %q: names are letters, digits, '_' and '-'", name, name[i:i+1])
		}
	}
	return nil
}

// closest returns the name in known that is the likeliest to be meant by a
// mistyped one, or "".
func closest(name string, known []string) string {
	best, least := "", max(len(name)/3, 1)+1
	for _, k := range known {
		if d := distance(canonical(name), canonical(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or change between a and b.
// Names are short: a longer one than any is not measured.
func distance(a, b string) int {
	const longest = 64
	if len(a) > longest || len(b) > longest {
		return longest
	}
	var row [longest + 1]int
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
