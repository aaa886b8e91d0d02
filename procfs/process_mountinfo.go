// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"iter"
	"syscall"

	"github.com/kernlink/kernlink/internal/lines"
	"github.com/kernlink/kernlink/internal/sys"
)

// Mounts goes through /proc/PID/mountinfo: the mounts that the process sees,
// below its own root. The MountInfo is borrowed until the next turn. A zombie
// sees none, which is no error.
//
// Since Linux 5.8 no mount is missing or comes twice in so far as it is there
// all the time. A process that ends meanwhile does not end the loop: what is
// open is its mount namespace. attr's Watch of p.Entry("mountinfo") tells when
// there is a change.
//
// A line that cannot be parsed is an error in its place, for which errors.Is
// finds [ErrMalformed], and the loop goes on. Any other error is the last, as
// [kernlink.ErrGone]; everybody may look. It allocates a buffer for the whole loop, and for paths
// with escapes in them.
func (p *Process) Mounts() iter.Seq2[MountInfo, error] {
	return func(yield func(MountInfo, error) bool) {
		fd, err := p.open(fileMountInfo, sys.ReadOnly)
		if errors.Is(err, syscall.EINVAL) { // it is in no mount namespace any more
			if !p.Gone() {
				return
			}
			err = p.gone(fileMountInfo.String())
		}
		if err != nil {
			yield(MountInfo{}, err)
			return
		}
		l := lines.New(fd)
		defer l.Close()
		var m MountInfo
		for {
			b, err := l.Next()
			if err != nil {
				yield(MountInfo{}, p.failure("read", fileMountInfo, err))
				return
			}
			if b == nil {
				return
			}
			if problem := parseMountInfo(b, &m); problem != "" {
				err = p.malformed(fileMountInfo, b, problem)
			}
			if !yield(m, err) {
				return
			}
		}
	}
}
