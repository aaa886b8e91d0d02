// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package bug_test

import (
	"os"
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestBugs(t *testing.T) { trigger(t, "bug") }

func trigger(t testing.TB, word string) {
	t.Helper()
	kerneltest.Load(t, "fault", nil)
	if err := os.WriteFile("/sys/module/fault/parameters/trigger", []byte(word), 0); err != nil {
		t.Fatal(err)
	}
}
