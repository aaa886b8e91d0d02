// SPDX-License-Identifier: Apache-2.0

package marker_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/marker"
)

func TestMarkerIsReadBackAsItWasWritten(t *testing.T) {
	for _, e := range []marker.Event{
		{Kind: marker.JobBegin, Job: 3},
		{Kind: marker.JobEnd, Job: 12},
		{Kind: marker.Run, Test: "TestEcho", Taint: 12288},
		{Kind: marker.End, Test: "ExampleLog_All", Outcome: "skip", Taint: 0},
	} {
		got, ok := marker.Parse(e.Text())
		require.True(t, ok, e.Text())
		require.Equal(t, e, got)
	}
}

func TestOtherTextIsNoMarker(t *testing.T) {
	for _, text := range []string{
		"", "kerneltest: ", "kerneltest: job x begins", "kerneltest: run T", "kerneltest: run T taint x",
		"usb: kerneltest: job 1 begins", "kerneltest: end T taint 0", "kerneltest: job 1 begins twice",
	} {
		_, ok := marker.Parse(text)
		require.False(t, ok, text)
	}
}
