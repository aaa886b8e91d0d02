// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

// Package fault makes the kernel fail on request.
package fault

import (
	"os"
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

// Trigger loads the module fault and tells it what to do.
func Trigger(t testing.TB, word string) {
	t.Helper()
	kerneltest.Load(t, "fault", nil)
	if err := os.WriteFile("/sys/module/fault/parameters/trigger", []byte(word), 0); err != nil {
		t.Fatal(err)
	}
}
