// SPDX-License-Identifier: Apache-2.0

//kerneltest:need modules=../../../../../kmod/reference/fault

package leakgoroutine_test

import (
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestLeaksAGoroutine(t *testing.T) {
	go leaked(make(chan int))
}

func leaked(never chan int) { <-never }
