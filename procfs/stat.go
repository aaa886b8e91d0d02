// SPDX-License-Identifier: Apache-2.0

package procfs

import "bytes"

// TicksPerSecond is USER_HZ, the unit of the times in /proc, on every
// architecture that Go runs on.
const TicksPerSecond = 100

// Stat is /proc/PID/stat, as proc_pid_stat(5) has it: the fields in their
// order, under their names there. Times are in clock ticks
// ([TicksPerSecond]), resident sizes in pages, other sizes in bytes.
//
// Without the right to trace the process the kernel shows 0 for addresses
// (1 for StartCode and EndCode), WChan and ExitCode.
type Stat struct {
	PID       int
	Comm      Text // the name of the thread, at most 15 bytes as a rule
	State     State
	PPID      int
	PGRP      int
	Session   int
	TTY       int32 // tty_nr; 0 for no terminal
	TPGID     int   // -1 for no terminal
	Flags     uint32
	MinFlt    uint64
	CMinFlt   uint64
	MajFlt    uint64
	CMajFlt   uint64
	UTime     uint64
	STime     uint64
	CUTime    uint64
	CSTime    uint64
	Priority  int64
	Nice      int64
	Threads   int64
	ItReal    int64  // itrealvalue, 0 since Linux 2.6.17
	StartTime uint64 // ticks since boot
	VSize     uint64
	RSS       uint64 // pages
	RSSLimit  uint64 // bytes; 1<<64-1 for no limit

	StartCode  uint64
	EndCode    uint64
	StartStack uint64
	ESP        uint64
	EIP        uint64
	Signal     uint64 // this and the next three lack real-time signals: see Status
	Blocked    uint64
	SigIgnore  uint64
	SigCatch   uint64
	WChan      uint64
	NSwap      uint64 // not kept by Linux, 0
	CNSwap     uint64 // not kept by Linux, 0
	ExitSignal int32
	Processor  int32

	RTPriority uint32
	Policy     uint32
	BlkIOTicks uint64 // delayacct_blkio_ticks
	GuestTime  uint64
	CGuestTime uint64
	StartData  uint64
	EndData    uint64
	StartBrk   uint64
	ArgStart   uint64
	ArgEnd     uint64
	EnvStart   uint64
	EnvEnd     uint64
	ExitCode   int32 // as waitpid(2) has it

	// Fields is how many fields the kernel printed, 52 since Linux 3.5: what
	// comes after them is 0 because this kernel does not know it.
	Fields int
}

// statNeeded is what every kernel prints: the identity ends with StartTime.
const statNeeded = 22

// ParseStat reads the text of /proc/PID/stat into *dst, whose Comm's memory it
// uses again. The name in the text is raw and may hold anything, parentheses
// and newlines included: it ends at the last parenthesis.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates for a longer Comm than the last, and
// for an error.
func ParseStat(b []byte, dst *Stat) error {
	if problem := parseStat(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseStat(b []byte, dst *Stat) (problem string) {
	open, end := bytes.IndexByte(b, '('), lastIndex(b, ')')
	if open < 0 || end < open {
		return "no name in parentheses"
	}
	comm := append(dst.Comm[:0], b[open+1:end]...)
	head := row{b: b[:open]}
	tail := row{b: b[end+1:]}
	*dst = Stat{Comm: comm, PID: head.int()}
	if head.bad || head.count != 1 || !head.ended() {
		return "it begins with no process number"
	}
	state := tail.next()
	if len(state) != 1 {
		return "no state"
	}
	dst.State = State(state[0])
	dst.who(&tail)
	dst.memory(&tail)
	dst.since26(&tail)
	dst.Fields = 2 + tail.count
	switch {
	case tail.bad:
		return "a field that is no number, or too large"
	case dst.Fields < statNeeded:
		return "too few fields"
	}
	return ""
}

func (s *Stat) who(r *row) {
	s.PPID = r.int()
	s.PGRP = r.int()
	s.Session = r.int()
	s.TTY = r.int32()
	s.TPGID = r.int()
	s.Flags = r.uint32()
	s.MinFlt = r.uint64()
	s.CMinFlt = r.uint64()
	s.MajFlt = r.uint64()
	s.CMajFlt = r.uint64()
	s.UTime = r.uint64()
	s.STime = r.uint64()
	s.CUTime = r.uint64()
	s.CSTime = r.uint64()
	s.Priority = r.int64()
	s.Nice = r.int64()
	s.Threads = r.int64()
	s.ItReal = r.int64()
	s.StartTime = r.uint64()
}

func (s *Stat) memory(r *row) {
	s.VSize = r.uint64()
	s.RSS = r.uint64()
	s.RSSLimit = r.uint64()
	s.StartCode = r.uint64()
	s.EndCode = r.uint64()
	s.StartStack = r.uint64()
	s.ESP = r.uint64()
	s.EIP = r.uint64()
	s.Signal = r.uint64()
	s.Blocked = r.uint64()
	s.SigIgnore = r.uint64()
	s.SigCatch = r.uint64()
	s.WChan = r.uint64()
	s.NSwap = r.uint64()
	s.CNSwap = r.uint64()
}

// since26 has the fields that came after Linux 2.0, so that a kernel may lack
// some at the end.
func (s *Stat) since26(r *row) {
	s.ExitSignal = r.int32()
	s.Processor = r.int32()
	s.RTPriority = r.uint32()
	s.Policy = r.uint32()
	s.BlkIOTicks = r.uint64()
	s.GuestTime = r.uint64()
	s.CGuestTime = r.uint64()
	s.StartData = r.uint64()
	s.EndData = r.uint64()
	s.StartBrk = r.uint64()
	s.ArgStart = r.uint64()
	s.ArgEnd = r.uint64()
	s.EnvStart = r.uint64()
	s.EnvEnd = r.uint64()
	s.ExitCode = r.int32()
}

// Stat reads /proc/PID/stat: it opens the file, reads it, and closes it.
//
// errors.Is finds [kernlink.ErrGone] when the process has been reaped. A
// zombie still has it. Everybody may read it where the mount has no hidepid.
func (p *Process) Stat() (Stat, error) {
	var st Stat
	err := p.read(fileStat, func(b []byte) string { return parseStat(b, &st) })
	return st, err
}

// ReadStatInto reads /proc/PID/stat into *dst, whose Comm's memory it uses
// again. An owned handle keeps the file open for the next time, and reads by
// one pread(2) then; a borrowed one opens, reads and closes.
//
// The errors are those of [Process.Stat]. It allocates nothing but, once, a
// buffer and a Comm.
func (p *Process) ReadStatInto(dst *Stat) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.text(fileStat)
	if err != nil {
		return err
	}
	if problem := parseStat(b, dst); problem != "" {
		return p.malformed(fileStat, b, problem)
	}
	p.start = dst.StartTime
	return nil
}
