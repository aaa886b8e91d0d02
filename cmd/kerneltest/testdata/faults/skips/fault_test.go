// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package skips_test

import (
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestNeedsWhatIsNotThere(t *testing.T) {
	kerneltest.Require(t, kerneltest.Module("no_such_module"))
}

func TestNeedsALaterKernel(t *testing.T) {
	kerneltest.Require(t, kerneltest.Kernel(99, 0))
}
