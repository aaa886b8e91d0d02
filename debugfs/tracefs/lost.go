// SPDX-License-Identifier: Apache-2.0

package tracefs

import "fmt"

// Lost says that events are missing: a buffer was filled faster than it was
// read. It comes as an error in the place of the events, wrapped in a
// *kernlink.Error, and the loop goes on:
//
//	if lost, ok := errors.AsType[*tracefs.Lost](err); ok {
//		fmt.Println("lost", lost.Count, "on CPU", lost.CPU)
//		continue
//	}
type Lost struct {
	CPU   int
	Count uint64 // 0 when the kernel does not say how many
}

// Error says it in words.
func (l *Lost) Error() string {
	switch l.Count {
	case 0:
		return fmt.Sprintf("some events of CPU %d were lost", l.CPU)
	case 1:
		return fmt.Sprintf("1 event of CPU %d was lost", l.CPU)
	}
	return fmt.Sprintf("%d events of CPU %d were lost", l.Count, l.CPU)
}
