// SPDX-License-Identifier: Apache-2.0

package sys

import "bytes"

// FileIs reports whether a file can be read and has this one word in it. Many
// settings of the kernel are such files.
func FileIs(path, word string) bool {
	text, err := ReadFile(path)
	return err == nil && string(bytes.TrimSpace(text)) == word
}
