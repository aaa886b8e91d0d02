// SPDX-License-Identifier: Apache-2.0

package kmod

// State is how far a module's life has come.
type State uint8

const (
	Live      State = iota + 1 // its init function has returned
	Loading                    // its init function has not returned yet
	Unloading                  // its exit function is running
)

// String returns the kernel's word for it, as in /proc/modules.
func (s State) String() string {
	switch s {
	case Live:
		return "Live"
	case Loading:
		return "Loading"
	case Unloading:
		return "Unloading"
	}
	return "unknown"
}

// parseState is the way back. ok is false for a word this package does not
// know.
func parseState(word []byte) (s State, ok bool) {
	switch string(word) {
	case "Live":
		return Live, true
	case "Loading":
		return Loading, true
	case "Unloading":
		return Unloading, true
	}
	return 0, false
}
