// SPDX-License-Identifier: Apache-2.0

package attr

// YN is the codec of a bool that is written as Y or N, the form in which the
// kernel prints its parameters. Without it a bool is written as 1 or 0, which
// every driver takes. Both read all forms.
func YN() Codec[bool] {
	return Codec[bool]{Decode: decodeBool, Append: func(b []byte, v bool) ([]byte, error) {
		if v {
			return append(b, 'Y'), nil
		}
		return append(b, 'N'), nil
	}}
}

// decodeBool knows the words in which the kernel and its drivers print a bool.
func decodeBool(text []byte) (bool, error) {
	var lower [8]byte // the longest word has as many, and a stack's array costs nothing
	word := trim(text)
	if len(word) > len(lower) {
		return false, malformed(text, "bool", nil)
	}
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	switch string(lower[:len(word)]) {
	case "1", "y", "yes", "t", "true", "on", "enabled":
		return true, nil
	case "0", "n", "no", "f", "false", "off", "disabled":
		return false, nil
	}
	return false, malformed(text, "bool", nil)
}

func appendBool(b []byte, v bool) ([]byte, error) {
	if v {
		return append(b, '1'), nil
	}
	return append(b, '0'), nil
}
