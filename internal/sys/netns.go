// SPDX-License-Identifier: Apache-2.0

package sys

// StrayError says that a thread stays in a namespace that is not its own. The
// goroutine is locked to it, and it ends with the goroutine: nobody else gets
// it.
type StrayError struct {
	Err error // what setns(2) said
}

func (e *StrayError) Error() string {
	return "this goroutine's thread could not return to its network namespace: " + e.Err.Error()
}

func (e *StrayError) Unwrap() error { return e.Err }
