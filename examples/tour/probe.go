// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/probe"
)

// whatThereIs comes before anything is loaded, so that something is missing.
func whatThereIs() stage.Chapter {
	return stage.Chapter{
		Title:    "What there is",
		Packages: "probe",
		Steps:    []stage.StepFunc{askAboutAll, askAboutAlg},
	}
}

// Which channels are usable here?
//
// Each is tried as its package would begin to use it. Nothing is loaded or
// mounted for that.
func askAboutAll(ctx context.Context, tour *stage.Step) error {
	for r := range probe.All(nil) {
		tour.Show(r.Channel, r.State, r.Reason)
	}
	return nil
}

// One is missing, and the error says what would bring it.
//
// The kernel's crypto is a module on most distributions.
func askAboutAlg(ctx context.Context, tour *stage.Step) error {
	err := probe.Check("alg", nil).Failure()
	tour.Refused(err, kernlink.ErrNotSupported, errors.ErrUnsupported)
	return nil
}
