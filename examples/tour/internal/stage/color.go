// SPDX-License-Identifier: Apache-2.0

package stage

import "os"

// Color reports whether f shall get colours: when it is a terminal, or when
// FORCE_COLOR says that one is at the other end. NO_COLOR overrules both.
func Color(f *os.File, getenv func(string) string) bool {
	if getenv("NO_COLOR") != "" {
		return false
	}
	if force := getenv("FORCE_COLOR"); force != "" {
		return force != "0"
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && getenv("TERM") != "dumb" && f.Name() != os.DevNull
}
