// SPDX-License-Identifier: Apache-2.0

package procfs

// Environ reads /proc/PID/environ: the environment that the program was
// started with, each element raw, KEY=value as a rule. What the program has
// set since does not show, and it may have written over what does. It is nil
// without an error for a kernel thread and for a zombie, which have none.
//
// errors.Is finds [kernlink.ErrGone] when the process has been reaped, which
// the kernel does not say of an open file (it has nothing then, and this looks
// whether the process lives), and [kernlink.ErrRestricted] without the right
// to trace the process. It opens the file, reads it, and closes it.
func (p *Process) Environ() ([]string, error) {
	var env []string
	err := p.read(fileEnviron, func(b []byte) string {
		env = ParseEnviron(b)
		return ""
	})
	if memoryless(err) {
		return nil, nil
	}
	return env, err
}

// ParseEnviron takes the text of /proc/PID/environ apart: each element ends
// with a zero byte, and the last may lack it. Any bytes are such a text; none
// at all are nil.
func ParseEnviron(b []byte) []string { return ParseCmdline(b) }
