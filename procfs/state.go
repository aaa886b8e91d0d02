// SPDX-License-Identifier: Apache-2.0

package procfs

// State is what a process does, by the kernel's letter for it.
type State byte

// The states that Linux has had since 4.14 (fs/proc/array.c).
const (
	Running   State = 'R'
	Sleeping  State = 'S'
	DiskSleep State = 'D' // a signal does not end it
	Stopped   State = 'T'
	Tracing   State = 't' // stopped by its tracer
	Dead      State = 'X'
	Zombie    State = 'Z' // ended, and its parent has not asked how
	Parked    State = 'P'
	Idle      State = 'I' // a kernel thread
)

// String returns the kernel's word for the state, or the letter.
func (s State) String() string {
	switch s {
	case Running:
		return "running"
	case Sleeping:
		return "sleeping"
	case DiskSleep:
		return "disk sleep"
	case Stopped:
		return "stopped"
	case Tracing:
		return "tracing stop"
	case Dead:
		return "dead"
	case Zombie:
		return "zombie"
	case Parked:
		return "parked"
	case Idle:
		return "idle"
	}
	return string(rune(s))
}
