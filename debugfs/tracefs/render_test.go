// SPDX-License-Identifier: Apache-2.0

package tracefs_test

import (
	"fmt"
	"time"

	"github.com/kernlink/kernlink/debugfs/tracefs"
)

// render makes a line as the kernel does with its default options.
func render(r tracefs.Record) string {
	return fmt.Sprintf("%16s-%-7d [%03d] %s %5d.%06d: %s: %s", r.Task, r.PID, r.CPU, r.Flags,
		r.Time/time.Second, r.Time%time.Second/time.Microsecond, r.Event, r.Text)
}
