// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package stall_test

import (
	"os"
	"testing"

	"github.com/kernlink/kernlink/cmd/kerneltest/testdata/faults/fault"
	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

// The watchdog looks every fifth of the time, and complains after twice.
func TestStalls(t *testing.T) {
	const thresh = "/proc/sys/kernel/watchdog_thresh"
	before, err := os.ReadFile(thresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(thresh, []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.WriteFile(thresh, before, 0); err != nil {
			t.Error(err)
		}
	})
	fault.Trigger(t, "spin=6")
}
