// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"io/fs"
	"strings"
)

// IsName tells whether name can be one entry of a folder; any other would
// lead somewhere else.
func IsName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// IsPath tells whether path leads to something below a folder: it is
// fs.ValidPath without ".", which is the folder itself, and without the zero
// byte, which would cut the path for the kernel.
func IsPath(path string) bool {
	return path != "." && fs.ValidPath(path) && strings.IndexByte(path, 0) < 0
}
