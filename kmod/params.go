// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"io"

	"github.com/kernlink/kernlink/modparam"
)

// arguments makes the kernel's parameter string, and holds it against what
// the module declares.
func arguments(elf io.ReaderAt, params any, allowUnknown bool) (string, error) {
	text, err := modparam.Marshal(params)
	if err != nil || text == "" || allowUnknown {
		return text, err
	}
	schema, err := modparam.ReadSchema(elf)
	if err != nil {
		return "", err
	}
	return text, schema.Check(text)
}
