// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package failing_test

import (
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestFails(t *testing.T) { t.Error("this test fails on purpose") }

func TestPasses(t *testing.T) {}
