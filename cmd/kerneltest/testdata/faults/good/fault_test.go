// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package good_test

import (
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestGood(t *testing.T) {
	kerneltest.Load(t, "fault", nil)
	t.Log("nothing is wrong here")
}
