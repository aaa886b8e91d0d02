// SPDX-License-Identifier: Apache-2.0

package procfs

// Ways are the ways of a hardened FS, the strongest first.
var Ways = []string{private: "a procfs of its own", cloned: "a copy of the mount", mounted: "the mount itself"}

// OpenFrom is Open with [Options.Hardened] that begins with a later way.
func OpenFrom(first int) (*FS, error) { return openOwn(way(first), &Options{Hardened: true}) }

// WayOf is the index in Ways.
func WayOf(f *FS) int { return int(f.way) }
