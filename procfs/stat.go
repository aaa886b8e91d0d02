// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"
	"time"

	"github.com/kernlink/kernlink/internal/decimal"
)

// TicksPerSecond is USER_HZ, the unit of the times in /proc, on every
// architecture that Go runs on.
const TicksPerSecond = 100

// Tick is one clock tick: time.Duration(st.UTime+st.STime) * procfs.Tick is
// how long a process was on a CPU. StartTime is that long after boot by
// CLOCK_BOOTTIME, which counts the time that the machine was asleep.
const Tick = time.Second / TicksPerSecond

// Stat is /proc/PID/stat, as proc_pid_stat(5) has it: the fields in their
// order, under their names there. Times are in clock ticks
// ([Tick]), resident sizes in pages, other sizes in bytes.
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

// KThread reports whether it is a kernel thread (PF_KTHREAD in Flags), on
// every kernel; older ones print no Kthread into status.
func (s *Stat) KThread() bool { return s.Flags&kthread != 0 }

const kthread = 0x00200000 // include/linux/sched.h

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
	dst.Comm = append(dst.Comm[:0], b[open+1:end]...)
	pid, rest := word(b[:open])
	n, ok := decimal.Parse(pid)
	if dst.PID = int(n); !ok || n > math.MaxInt32 || len(rest) != 1 {
		return "it begins with no process number"
	}
	if b = b[end+1:]; len(b) < 2 || b[0] != ' ' || isSpace(b[1]) {
		return "no state"
	}
	dst.State = State(b[1])
	b = b[2:]
	var f statFields
	end = f.read(b)
	if end < 0 || end < len(b) && b[end] != ' ' && (b[end] != '\n' || end+1 < len(b)) || !dst.take(&f) {
		return "a field that is no number, or too large"
	}
	if dst.Fields = statState + bytes.Count(b, []byte(" ")); dst.Fields < statNeeded {
		return "too few fields"
	}
	return ""
}

const (
	statState  = 3
	statNeeded = 22 // what every kernel prints: the identity ends with StartTime
)

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
// Comm, and a buffer for a text of unusual length.
func (p *Process) ReadStatInto(dst *Stat) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var buf small
	b, err := p.text(fileStat, buf[:])
	if err != nil {
		return err
	}
	if problem := parseStat(b, dst); problem != "" {
		return p.malformed(fileStat, b, problem)
	}
	p.start = dst.StartTime
	return nil
}
