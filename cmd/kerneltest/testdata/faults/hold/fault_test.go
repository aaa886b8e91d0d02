// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package hold_test

import (
	"testing"

	"github.com/kernlink/kernlink/cmd/kerneltest/testdata/faults/fault"
	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestHolds(t *testing.T) { fault.Trigger(t, "hold") }
