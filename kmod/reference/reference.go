// SPDX-License-Identifier: Apache-2.0

package reference

import "embed"

// FS holds the folders NAME/, each with what kbuild needs to make NAME.ko.
// It is read-only and may be shared.
//
//go:embed */*.c */*.h */Makefile
var FS embed.FS

// Names returns the names of the modules, sorted: each is a folder of [FS]
// and the name of the .ko that kbuild makes there. The slice is the caller's.
func Names() []string {
	dirs, err := FS.ReadDir(".")
	if err != nil {
		return nil // cannot be: the root of an embedded tree is always there
	}
	names := make([]string, 0, len(dirs))
	for _, d := range dirs {
		if d.IsDir() {
			names = append(names, d.Name())
		}
	}
	return names
}
