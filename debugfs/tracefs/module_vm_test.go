// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tracefs_test

import (
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs/tracefs"
	"github.com/kernlink/kernlink/kerneltest"
)

// fired is what the module trace_ex has recorded of one write to its parameter.
type fired struct {
	count, minus int64
	first        uint64
	text         string
}

func TestAModulesOwnEventIsDecodedAsTheModuleRecordedIt(t *testing.T) {
	f := open(t)
	i := create(t, f, "own")
	ev := i.Event("trace_ex", "my_event")
	require.ErrorIs(t, ev.Enable(), fs.ErrNotExist)
	t.Run("while it is loaded", func(t *testing.T) {
		kerneltest.Load(t, "trace_ex", nil)
		require.NoError(t, ev.Enable())
		fire := attr.At("/sys/module/trace_ex/parameters/fire", attr.Param)
		for _, text := range []string{"hello", "", "höher", strings.Repeat("x", 100)} {
			require.NoError(t, fire.Write([]byte(text+"\n")))
		}
		long := strings.Repeat("x", 63) // the module cuts it
		want := []fired{{1, -1, 'h', "hello"}, {2, -2, 0, ""}, {3, -3, 'h', "höher"}, {4, -4, 'x', long}}
		require.Equal(t, []string{
			"count=1 minus=-1 first=104 text=hello", "count=2 minus=-2 first=0 text=",
			"count=3 minus=-3 first=104 text=höher", "count=4 minus=-4 first=120 text=" + long,
		}, texts(t, i))
		require.Equal(t, want, decode(t, i, ev))
	})
	_, err := ev.Enabled()
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "those of a module come with it")
}

// decode reads the buffers of all CPUs. The events were recorded by writes on
// whatever CPU; their own count has their order.
func decode(t *testing.T, i *tracefs.Instance, ev tracefs.Event) []fired {
	t.Helper()
	format, err := ev.Format()
	require.NoError(t, err)
	all := make([]fired, 4)
	cpus, err := i.CPUs()
	require.NoError(t, err)
	for _, cpu := range cpus {
		for r, err := range raw(t, i, cpu, nil).Pending() {
			require.NoError(t, err)
			require.Equal(t, format.ID, r.ID)
			count := field(format, "count").Int(r.Data)
			all[count-1] = fired{
				count, field(format, "minus").Int(r.Data), field(format, "first").Uint(r.Data), string(field(format, "text").Text(r.Data)),
			}
		}
	}
	return all
}

// Not one that is enabled elsewhere keeps the module from being unloaded, and
// handles to its event say what became of it.
func TestEnablingAnEventDoesNotHoldItsModule(t *testing.T) {
	f := open(t)
	i := create(t, f, "held")
	ev := i.Event("trace_ex", "my_event")
	for range 2 { // and it is switched off in the next one of the name
		t.Run("while it is loaded", func(t *testing.T) {
			kerneltest.Load(t, "trace_ex", nil)
			on, err := ev.Enabled()
			require.NoError(t, err)
			require.False(t, on)
			require.NoError(t, ev.Enable())
		})
		require.ErrorIs(t, ev.Disable(), fs.ErrNotExist)
	}
}
