// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Sleepers that outlived a bench would be a thousand each time.
func TestSleepersEndWithTheirHerdHoweverItEnds(t *testing.T) {
	for name, end := range map[string]func(*herd) error{
		"its input ends": func(h *herd) error { return h.in.Close() },
		"it is killed":   func(h *herd) error { return h.cmd.Process.Kill() },
	} {
		t.Run(name, func(t *testing.T) {
			b := small(t)
			h, err := b.sleepers()
			require.NoError(t, err)
			b.herd = nil // ended here
			children, err := childrenOf(h)
			require.NoError(t, err)
			require.Len(t, children, b.processes)

			require.NoError(t, end(h))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			for _, p := range children {
				require.NoError(t, p.Wait(ctx))
				require.NoError(t, p.Close())
			}
			h.cmd.Wait() // it says that it was killed, or nothing
		})
	}
}
