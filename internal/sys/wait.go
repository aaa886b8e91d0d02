// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"context"
	"os"
	"time"
)

// EndWith makes the end of ctx end a read of file that waits, by way of its
// read deadline: the read fails with os.ErrDeadlineExceeded. The function that
// it returns takes that back, and must be called before the file is waited for
// again; it leaves no deadline behind when ctx had ended.
func EndWith(ctx context.Context, file *os.File) (release func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	fired := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(fired)
		file.SetReadDeadline(time.Unix(1, 0)) // long ago
	})
	return func() {
		if !stop() {
			// It runs or has run: only after it the deadline can be taken
			// back, or it would end somebody else's wait.
			<-fired
			file.SetReadDeadline(time.Time{})
		}
	}
}
