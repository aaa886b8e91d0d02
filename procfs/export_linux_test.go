// SPDX-License-Identifier: Apache-2.0

package procfs

// Ways are the ways of a hardened FS, the strongest first.
var Ways = []string{private: "a procfs of its own", cloned: "a copy of the mount", mounted: "the mount itself"}

// OpenFrom is Open with [Options.Hardened] that begins with a later way.
func OpenFrom(first int) (*FS, error) { return openOwn(way(first), &Options{Hardened: true}) }

// WayOf is the index in Ways.
func WayOf(f *FS) int { return int(f.way) }

// WithoutQuery makes m go through the text as on a kernel that cannot be
// asked, and says whether it could be.
func WithoutQuery(m *Memory) (asked bool) {
	asked = m.query != nil
	m.query = nil
	return asked
}

// EnvironOf reads an open environ as Environ does.
func EnvironOf(p *Process, fd int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, err := p.load(fileEnviron, fd, p.larger(0))
	return err
}
