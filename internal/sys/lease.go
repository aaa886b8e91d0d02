// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"io/fs"
	"sync/atomic"
)

// lease counts the users of something that several goroutines may use at
// once, and that is given back when it is closed and the last user is done.
type lease struct {
	state atomic.Int64 // users, and closing once closed
}

// closing is a bit above any number of users.
const closing = 1 << 62

// acquire counts a user in, unless the lease is closed.
func (l *lease) acquire() bool { return l.state.Add(1)&closing == 0 }

// release counts a user out, who may have been refused. last says, once, that
// nobody is left: the thing is to be given back.
func (l *lease) release() (last bool) {
	return l.state.Add(-1) == closing && l.state.CompareAndSwap(closing, closing|closing>>1)
}

// close refuses those who come later. last is as of release.
func (l *lease) close() (last bool, err error) {
	for {
		s := l.state.Load()
		if s&closing != 0 {
			return false, fs.ErrClosed
		}
		if l.state.CompareAndSwap(s, s+1|closing) { // its own user, so that release says who is the last
			return l.release(), nil
		}
	}
}
