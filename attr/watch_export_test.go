// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"testing"
	"time"
)

// LookForLifeEach sets how often a watch looks by itself, for one test.
func LookForLifeEach(t *testing.T, d time.Duration) {
	before := lifeCheck
	lifeCheck = d
	t.Cleanup(func() { lifeCheck = before })
}
