// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"fmt"
	"io/fs"
	"iter"
	"strconv"

	"github.com/kernlink/kernlink/internal/sys"
)

// Threads goes through the threads of the process in the order of their
// numbers, as [FS.Processes] goes through processes: each is a borrowed
// Process, one value for all turns, whose PID is the number of the thread and
// whose files are those below /proc/PID/task/TID. Its Stat, schedstat and the
// like are the thread's own, while those of the process add up all its threads
// (stat, status, io) or tell of the first thread alone (schedstat, sched,
// stack, wchan, comm).
//
// It is no snapshot: what begins and ends meanwhile may be seen or not. An
// error of Threads itself ends the loop: [kernlink.ErrGone] when the process
// has been reaped, [kernlink.ErrRestricted] for one that the mount's hidepid
// hides, [fs.ErrNotExist] for a thread of Threads, which has none. A zombie
// has one thread, itself.
//
// It allocates its buffers once for the loop, and nothing for a thread.
func (p *Process) Threads() iter.Seq2[*Process, error] {
	return func(yield func(*Process, error) bool) {
		fd, err := p.open(fileTask, sys.ReadOnly|sys.Directory)
		if err != nil {
			yield(nil, err)
			return
		}
		if err := p.fs.scan(fd, p.path(fileTask.String()), yield); err != nil {
			yield(nil, p.failure("read", fileTask, err))
		}
	}
}

// Thread opens one thread of the process: an owned handle, to be closed. It
// can be read as a process can. A signal, or a wait for its end, is for
// processes alone.
//
// errors.Is finds [kernlink.ErrGone] and [fs.ErrNotExist] when the process has
// no such thread (any more), and [fs.ErrInvalid] for a number that cannot be
// one. It opens the folder and reads stat.
func (p *Process) Thread(tid int) (*Process, error) {
	above, number := p.path(fileTask.String()), strconv.Itoa(tid)
	if tid <= 0 {
		return nil, failure("open", above+"/"+number, fmt.Errorf("%w: not the number of a thread", fs.ErrInvalid))
	}
	dir, err := p.dir.Acquire()
	if err != nil {
		return nil, err
	}
	defer p.dir.Release()
	name := fileTask.String() + "/" + number
	if !p.owned {
		name = strconv.Itoa(p.pid) + "/" + name
	}
	return p.fs.own(dir, name, above, tid)
}
