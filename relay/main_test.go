// SPDX-License-Identifier: Apache-2.0

package relay_test

import (
	"testing"

	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }
