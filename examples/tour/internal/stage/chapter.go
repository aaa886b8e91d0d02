// SPDX-License-Identifier: Apache-2.0

package stage

import "context"

// StepFunc is one step of a chapter. Its error is a failure of the tour; a
// refusal that is part of the show goes to [Step.Refused].
//
// It must be a function declared with a comment in the embedded source: no
// closure and no method.
type StepFunc func(ctx context.Context, tour *Step) error

// Chapter shows one channel.
type Chapter struct {
	Title    string
	Packages string   // the packages it is about: "kmod, modparam"
	Modules  []string // kernel modules that its steps load
	Steps    []StepFunc
}
