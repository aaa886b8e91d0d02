// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package leakfd_test

import (
	"syscall"
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestLeaksAFile(t *testing.T) {
	if _, err := syscall.Open("/proc/self/comm", syscall.O_RDONLY, 0); err != nil {
		t.Fatal(err)
	}
}

func TestClean(t *testing.T) {}
