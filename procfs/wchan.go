// SPDX-License-Identifier: Apache-2.0

package procfs

// WChan reads /proc/PID/wchan: the function of the kernel in which the thread
// sleeps, the first one of a process. It is "" for one that runs, and without
// the right to trace the process, of which the kernel says nothing. The errors
// are those of [Process.Stat]. It opens the file, reads it, and closes it.
func (p *Process) WChan() (string, error) {
	var name string
	err := p.read(fileWChan, func(b []byte) string {
		name = ParseWChan(b)
		return ""
	})
	return name, err
}

// ParseWChan is the name in the text of /proc/PID/wchan; 0 there is none.
func ParseWChan(b []byte) string {
	if name := string(trimBlanks(b)); name != "0" {
		return name
	}
	return ""
}
