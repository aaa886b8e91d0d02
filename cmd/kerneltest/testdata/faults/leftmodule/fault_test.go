// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package leftmodule_test

import (
	"github.com/kernlink/kernlink/kmod"
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestLeavesAModule(t *testing.T) {
	if _, err := kmod.Insert(t.Context(), kerneltest.ModulePath("fault"), nil); err != nil {
		t.Fatal(err)
	}
}
