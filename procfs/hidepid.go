// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/kernlink/kernlink/internal/sys"
)

// hidepid is the option of that name of the procfs, or "" when there is none,
// or it cannot be found out.
func (f *FS) hidepid() string {
	if f.guarded {
		return f.hiding
	}
	b, err := sys.ReadFile(f.path + "/self/mountinfo")
	if err != nil {
		return ""
	}
	return hidepidIn(b, func(m *MountInfo) bool { return string(m.Target) == f.path })
}

// hidepidOfDevice finds the procfs of a hardened handle, which may be mounted
// where no list of mounts shows it, by its device number.
func (f *FS) hidepidOfDevice() string {
	if f.way == private {
		return "" // it was mounted without
	}
	dir, err := f.dir.Acquire()
	if err != nil {
		return ""
	}
	defer f.dir.Release()
	st, err := sys.Fstat(dir)
	if err != nil {
		return ""
	}
	list, err := f.dir.File("self/mountinfo").Read()
	if err != nil {
		return ""
	}
	// A filesystem without a disk has major number 0.
	minor := uint32(st.Dev&0xff | st.Dev>>12&^0xff)
	return hidepidIn(list, func(m *MountInfo) bool { return m.Major == 0 && m.Minor == minor })
}

// hidepidIn looks in a list of mounts for the last one that is meant: a later
// mount hides the earlier one.
func hidepidIn(list []byte, meant func(m *MountInfo) bool) string {
	mode := ""
	var m MountInfo
	for len(list) > 0 {
		var text []byte
		text, list = line(list)
		if parseMountInfo(text, &m) != "" || !meant(&m) {
			continue
		}
		mode = ""
		for option := range bytes.SplitSeq(m.SuperOptions, []byte(",")) {
			if value, ok := bytes.CutPrefix(option, []byte("hidepid=")); ok {
				mode = string(value)
			}
		}
	}
	return mode
}
