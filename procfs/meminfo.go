// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"github.com/kernlink/kernlink/internal/decimal"
)

// Meminfo is /proc/meminfo, as proc_meminfo(5) has it: the fields under their
// names there, Active(anon) as ActiveAnon. Sizes are in bytes; the kernel
// counts them in KiB. The four HugePages fields are numbers of pages.
//
// What a kernel prints is a matter of its version, its configuration and its
// architecture: a field that was not printed is zero here, and [Meminfo.Has]
// tells.
type Meminfo struct {
	MemTotal     uint64
	MemFree      uint64
	MemAvailable uint64 // an estimate of what can be had without swapping
	Buffers      uint64
	Cached       uint64
	SwapCached   uint64

	Active       uint64
	Inactive     uint64
	ActiveAnon   uint64
	InactiveAnon uint64
	ActiveFile   uint64
	InactiveFile uint64
	Unevictable  uint64
	Mlocked      uint64

	HighTotal uint64 // with CONFIG_HIGHMEM, as the next three
	HighFree  uint64
	LowTotal  uint64
	LowFree   uint64

	SwapTotal uint64
	SwapFree  uint64
	Zswap     uint64
	Zswapped  uint64

	Dirty        uint64
	Writeback    uint64
	AnonPages    uint64
	Mapped       uint64
	Shmem        uint64
	KReclaimable uint64

	Slab              uint64
	SReclaimable      uint64
	SUnreclaim        uint64
	KernelStack       uint64
	ShadowCallStack   uint64
	PageTables        uint64
	SecPageTables     uint64
	NFSUnstable       uint64 // 0 since Linux 5.8
	Bounce            uint64 // 0 since Linux 6.16
	WritebackTmp      uint64
	CommitLimit       uint64
	CommittedAS       uint64 // Committed_AS
	VmallocTotal      uint64
	VmallocUsed       uint64
	VmallocChunk      uint64 // 0 since Linux 4.4
	Percpu            uint64
	EarlyMemtestBad   uint64
	HardwareCorrupted uint64

	AnonHugePages  uint64
	ShmemHugePages uint64
	ShmemPmdMapped uint64
	FileHugePages  uint64
	FilePmdMapped  uint64

	CmaTotal   uint64
	CmaFree    uint64
	Unaccepted uint64
	Balloon    uint64
	GPUActive  uint64
	GPUReclaim uint64

	HugePagesTotal uint64 // pages of Hugepagesize, as the next three
	HugePagesFree  uint64
	HugePagesRsvd  uint64
	HugePagesSurp  uint64
	Hugepagesize   uint64
	Hugetlb        uint64 // of all sizes

	DirectMap4k  uint64
	DirectMap64k uint64
	DirectMap1M  uint64
	DirectMap2M  uint64
	DirectMap4M  uint64
	DirectMap1G  uint64
	DirectMap2G  uint64

	has [2]uint64
}

// Has reports whether the kernel printed the field.
func (m *Meminfo) Has(f MeminfoField) bool {
	return f < meminfoFields && m.has[f/64]&(1<<(f%64)) != 0
}

// ParseMeminfo reads the text of /proc/meminfo into *dst. Lines that this
// package does not know are passed over.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates for an error only.
func ParseMeminfo(b []byte, dst *Meminfo) error {
	if problem := parseMeminfo(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseMeminfo(b []byte, dst *Meminfo) (problem string) {
	*dst = Meminfo{}
	fields := dst.fields()
	next := MeminfoField(0)
	for len(b) > 0 {
		f, value, ok := meminfoKey(b, next)
		if !ok {
			return "a line without a colon"
		}
		if f == meminfoFields { // of a newer kernel
			_, b = line(value)
			continue
		}
		n, rest, ok := memory(value)
		if !ok {
			return f.String() + " has a value that is none"
		}
		*fields[f] = n
		dst.has[f/64] |= 1 << (f % 64)
		b, next = rest, f+1
	}
	if !dst.Has(MeminfoMemTotal) {
		return "no MemTotal"
	}
	return ""
}

// meminfoKey takes the key and its colon off a line. The kernel prints the
// fields in one order and leaves some out, so one of the next few is nearly
// always it.
func meminfoKey(b []byte, next MeminfoField) (f MeminfoField, value []byte, ok bool) {
	for f := next; f < min(next+8, meminfoFields); f++ {
		name := meminfoNames[f]
		if n := len(name); len(b) > n && b[n] == ':' && string(b[:n]) == name {
			return f, b[n+1:], true
		}
	}
	for i, c := range b {
		switch c {
		case ':':
			return meminfoField(b[:i]), b[i+1:], true
		case '\n':
			return 0, nil, false
		}
	}
	return 0, nil, false
}

func meminfoField(key []byte) MeminfoField {
	for f, name := range meminfoNames {
		if string(key) == name {
			return MeminfoField(f)
		}
	}
	return meminfoFields
}

// memory takes a number and its unit off a line, and the newline.
func memory(b []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for i < len(b) && b[i] == ' ' {
		i++
	}
	start := i
	for i < len(b) {
		d := uint64(b[i] - '0')
		if d > 9 {
			break
		}
		n = n*10 + d
		i++
	}
	switch digits := i - start; {
	case digits == 0:
		return 0, nil, false
	case digits >= decimal.SafeDigits:
		if n, ok = decimal.Parse(b[start:i]); !ok {
			return 0, nil, false
		}
	}
	b = b[i:]
	switch {
	case len(b) >= 3 && string(b[:3]) == " kB":
		if n > 1<<54-1 {
			return 0, nil, false
		}
		n, b = n<<10, b[3:]
	}
	if len(b) > 0 {
		if b[0] != '\n' {
			return 0, nil, false
		}
		b = b[1:]
	}
	return n, b, true
}

// Meminfo reads /proc/meminfo: it opens the file, reads it, and closes it.
// It is one snapshot, of counters that each CPU adds to as it goes.
func (f *FS) Meminfo() (m Meminfo, err error) {
	err = once(f, systemMeminfo, &m, parseMeminfo)
	return m, err
}

// ReadMeminfoInto reads /proc/meminfo into *dst. The file stays open for the
// next time, until [FS.Close], and is read by one pread(2) then.
//
// It allocates a buffer the first time, and nothing after that. The errors are
// those of [FS.Meminfo], and [fs.ErrClosed] after Close.
func (f *FS) ReadMeminfoInto(dst *Meminfo) error {
	k := &f.kept[systemMeminfo]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(systemMeminfo)
	if err != nil {
		return err
	}
	return f.parsed(systemMeminfo, b, parseMeminfo(b, dst))
}
