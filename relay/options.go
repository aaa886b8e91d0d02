// SPDX-License-Identifier: Apache-2.0

package relay

import (
	"cmp"
	"time"
)

// Options are the choices of [Open] and [OpenAt]; nil and the zero value are
// the defaults.
type Options struct {
	// DroppedFile is the file that has the number of records that found no
	// room, a path below the same root as the channel: "relay_ex/dropped".
	// "" is none.
	DroppedFile string

	// CPUs are those whose buffers are read: one each for readers that run on
	// a thread of their own. nil is all, and those that come later.
	CPUs []int

	// Interval is how often the buffers are read although the kernel did not
	// say that one has something: it says so of full sub-buffers only. 0 is
	// 50 ms.
	Interval time.Duration

	// Buffer is how much one read asks for at most, on each CPU. It begins
	// with 64 KiB and doubles when that was filled. 0 is 1 MiB.
	Buffer int

	// Slack is how long [Merge] holds a record back, because a CPU that is
	// silent may have stamped an older one and not yet written it. 0 is 1 ms,
	// less is not at all.
	Slack time.Duration
}

const (
	usualInterval = 50 * time.Millisecond
	usualSlack    = time.Millisecond
	firstBuffer   = 64 << 10
	usualBuffer   = 1 << 20
)

// complete puts the defaults where nothing was said.
func (o *Options) complete() {
	o.Interval = cmp.Or(max(o.Interval, 0), usualInterval)
	o.Buffer = cmp.Or(max(o.Buffer, 0), usualBuffer)
	o.Slack = max(cmp.Or(o.Slack, usualSlack), 0)
}
