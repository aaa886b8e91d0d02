// SPDX-License-Identifier: Apache-2.0

package procfs

import "bytes"

// Status is /proc/PID/status, as proc_pid_status(5) has it. Memory is in
// bytes; the kernel counts it in KiB.
//
// A kernel thread and a zombie have no memory and print no Vm fields, and
// older kernels print fewer fields altogether: a field that was not printed
// is zero here, and [Status.Has] tells.
//
// CPUsAllowed and MemsAllowed are the kernel's lists. Package attr has them as
// numbers: var cpus attr.Bits; err := cpus.UnmarshalText(s.CPUsAllowed).
type Status struct {
	Name      Text
	Umask     uint32
	State     State
	TGID      int
	NGID      int
	PID       int
	PPID      int
	TracerPID int
	UID       IDs
	GID       IDs
	FDSize    int
	Groups    []uint32
	NSTGID    []int // as seen from this namespace, and from each further in
	NSPID     []int
	NSPGID    []int
	NSSID     []int
	KThread   bool

	VmPeak       uint64
	VmSize       uint64
	VmLck        uint64
	VmPin        uint64
	VmHWM        uint64
	VmRSS        uint64
	RssAnon      uint64
	RssFile      uint64
	RssShmem     uint64
	VmData       uint64
	VmStk        uint64
	VmExe        uint64
	VmLib        uint64
	VmPTE        uint64
	VmPMD        uint64
	VmSwap       uint64
	HugetlbPages uint64

	CoreDumping bool
	THPEnabled  bool
	UntagMask   uint64
	Threads     int

	SigQueued   uint64 // of the user, and how many there may be:
	SigQueueMax uint64
	SigPnd      uint64 // signal n is the bit 1<<(n-1)
	ShdPnd      uint64
	SigBlk      uint64
	SigIgn      uint64
	SigCgt      uint64
	CapInh      uint64 // capability n is the bit 1<<n
	CapPrm      uint64
	CapEff      uint64
	CapBnd      uint64
	CapAmb      uint64
	NoNewPrivs  bool
	Seccomp     int // 0 none, 1 strict, 2 filters

	SeccompFilters      int
	SpecStoreBypass     Text
	SpecIndirectBranch  Text
	CPUsAllowed         Text // a list: 0-3,8 (attr.Bits reads it)
	MemsAllowed         Text // a list, of NUMA nodes
	VoluntarySwitches   uint64
	InvoluntarySwitches uint64

	has uint64
}

// IDs are the four identities that a process has of each kind.
type IDs struct{ Real, Effective, Saved, FS uint32 }

// Has reports whether the kernel printed the field.
func (s *Status) Has(f StatusField) bool { return f < statusFields && s.has&(1<<f) != 0 }

// ParseStatus reads the text of /proc/PID/status into *dst, whose memory it
// uses again. The escapes in the name are undone. Lines that this package does
// not know are passed over.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates for more names and groups than the
// last time, and for an error.
func ParseStatus(b []byte, dst *Status) error {
	if problem := parseStatus(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseStatus(b []byte, dst *Status) (problem string) {
	dst.reset()
	next := StatusField(0)
	for len(b) > 0 {
		f, value, ok := statusKey(b, next)
		if !ok {
			return "a line without a colon"
		}
		if f == statusFields { // of no interest, or of a newer kernel
			_, b = line(value)
			continue
		}
		if b, ok = dst.set(f, value); !ok {
			return f.String() + " has a value that is none"
		}
		dst.has |= 1 << f
		next = f + 1
	}
	if !dst.Has(StatusName) || !dst.Has(StatusPID) {
		return "no Name or no Pid"
	}
	return ""
}

// statusKey takes the key and its colon off a line. The kernel prints the
// fields in one order, so the one that is next is nearly always it. A key that
// is not kept is statusFields.
func statusKey(b []byte, next StatusField) (f StatusField, value []byte, ok bool) {
	if next < statusFields {
		name := statusNames[next]
		if n := len(name); len(b) > n && b[n] == ':' && string(b[:n]) == name {
			return next, b[n+1:], true
		}
	}
	text, _ := line(b)
	colon := bytes.IndexByte(text, ':')
	if colon < 0 {
		return 0, nil, false
	}
	return fieldOf(text[:colon], next), b[colon+1:], true
}

// reset keeps the memory that the fields have.
func (s *Status) reset() {
	*s = Status{
		Name: s.Name[:0], Groups: s.Groups[:0],
		NSTGID: s.NSTGID[:0], NSPID: s.NSPID[:0], NSPGID: s.NSPGID[:0], NSSID: s.NSSID[:0],
		SpecStoreBypass: s.SpecStoreBypass[:0], SpecIndirectBranch: s.SpecIndirectBranch[:0],
		CPUsAllowed: s.CPUsAllowed[:0], MemsAllowed: s.MemsAllowed[:0],
	}
}

// fieldOf finds a key, looking at first where it may be if some are missing.
func fieldOf(key []byte, next StatusField) StatusField {
	switch string(key) {
	case "Cpus_allowed", "Mems_allowed", // the list that follows says the same
		"x86_Thread_features", "x86_Thread_features_locked":
		return statusFields
	}
	for i := range statusFields {
		f := next + i
		if f >= statusFields {
			f -= statusFields
		}
		if string(key) == statusNames[f] {
			return f
		}
	}
	return statusFields
}

// Status reads /proc/PID/status: it opens the file, reads it, and closes it.
// The errors are those of [Process.Stat].
func (p *Process) Status() (Status, error) {
	var s Status
	err := p.read(fileStatus, func(b []byte) string { return parseStatus(b, &s) })
	return s, err
}

// ReadStatusInto reads /proc/PID/status into *dst, whose memory it uses again,
// as [Process.ReadStatInto] does.
func (p *Process) ReadStatusInto(dst *Status) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.text(fileStatus, p.larger(0))
	if err != nil {
		return err
	}
	if problem := parseStatus(b, dst); problem != "" {
		return p.malformed(fileStatus, b, problem)
	}
	return nil
}
