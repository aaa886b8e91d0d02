// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package warn_test

import (
	"testing"

	"github.com/kernlink/kernlink/cmd/kerneltest/testdata/faults/fault"
	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestBefore(t *testing.T) {}

func TestWarns(t *testing.T) { fault.Trigger(t, "warn") }

func TestAfter(t *testing.T) {}
