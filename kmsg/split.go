// SPDX-License-Identifier: Apache-2.0

package kmsg

import "bytes"

// Split is a [bufio.SplitFunc] for a capture of many records, such as the
// output of "cat /dev/kmsg": each token is one record for [Parse], with the
// lines of its dictionary.
//
// Parse changes the token that it is given, which a [bufio.Scanner] allows. It
// does not allocate.
func Split(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for n := 0; n < len(data); {
		i := bytes.IndexByte(data[n:], '\n')
		if i < 0 {
			break
		}
		n += i + 1
		// Only the byte after it tells whether the record goes on.
		if n < len(data) && data[n] != ' ' {
			return n, data[:n], nil
		}
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
