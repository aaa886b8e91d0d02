// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"path/filepath"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// Tainted returns the kernel's taint bits (Documentation/admin-guide/
// tainted-kernels.rst), 0 where they cannot be read.
func Tainted(root string) uint64 {
	text, err := sys.ReadFile(filepath.Join(root, "proc/sys/kernel/tainted"))
	if err != nil {
		return 0
	}
	bits, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0
	}
	return bits
}
