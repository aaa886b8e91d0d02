// SPDX-License-Identifier: Apache-2.0

package procfs

import "bytes"

// Pair is one line of a file whose lines have a name and a value. Which there
// are depends on the kernel.
type Pair struct{ Key, Value Text }

// get is the value of the first pair with a key, and whether there is one.
func get(pairs []Pair, key string) (Text, bool) {
	for _, p := range pairs {
		if string(p.Key) == key {
			return p.Value, true
		}
	}
	return nil, false
}

// pair cuts a line at its first colon.
func pair(text []byte) (p Pair, ok bool) {
	key, value, ok := bytes.Cut(text, []byte(":"))
	return Pair{trimBlanks(key), trimBlanks(value)}, ok
}
