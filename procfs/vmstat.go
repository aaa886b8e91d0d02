// SPDX-License-Identifier: Apache-2.0

package procfs

// Vmstat reads /proc/vmstat: what the memory management has counted, and what
// there is at the moment (names that begin with nr_), in pages as a rule. It
// opens the file, reads it, and closes it.
//
// The names are those of the kernel, which Value has: pgmajfault, nr_dirty.
// They are a matter of its version and configuration.
//
// It is a snapshot as long as the text fits a page, which on kernels of today
// it just about does.
func (f *FS) Vmstat() (c Counters, err error) {
	err = once(f, systemVmstat, &c, parseVmstat)
	return c, err
}

// ReadVmstatInto reads /proc/vmstat into *dst, as [FS.ReadMeminfoInto] does:
// by one pread(2), or one for each page of text. It allocates when the names
// are not those that *dst had: never again after the first time.
func (f *FS) ReadVmstatInto(dst *Counters) error {
	return f.counters(systemVmstat, dst)
}

// counters is the Into tier of all files of counters.
func (f *FS) counters(s systemFile, dst *Counters) error {
	k := &f.kept[s]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(s)
	if err != nil {
		return err
	}
	return f.parsed(s, b, parseCounters(s, b, dst))
}

func parseCounters(s systemFile, b []byte, dst *Counters) (problem string) {
	switch s {
	case systemSNMP, systemNetstat:
		return parseSNMP(b, dst)
	case systemSockstat, systemSockstat6:
		return parseSockstat(b, dst)
	}
	return parseVmstat(b, dst)
}
