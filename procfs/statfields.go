// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// statFields are the numbers of a stat behind the state, in their order: field
// ppid of proc_pid_stat(5), which is number 4 there, is the first.
//
// They are read in one loop and only then given to where they belong. Code for
// each of them would be longer than the work: after a system call it is not
// in the CPU's cache any more.
type statFields struct {
	value    [statLast - statState]uint64
	negative uint64 // a bit for each with a sign; the value is that of the field
	large    uint64 // a bit for each that no int64 has room for
}

const statLast = 52

// signedFields may be negative, a bit for each: ppid to tpgid, priority to
// itrealvalue, exit_signal, processor, exit_code.
const signedFields = 0b11111 | 0b1111<<(18-4) | 0b11<<(38-4) | 1<<(52-4)

// read reads the fields in b, each behind one blank, and tells where it
// stopped, or -1 for what is no number. Those that are missing are 0.
func (f *statFields) read(b []byte) (end int) {
	i := 0
	for k := range f.value {
		if uint(i) >= uint(len(b)) || b[i] != ' ' {
			break
		}
		i++
		negative := i < len(b) && b[i] == '-'
		if negative {
			i++
		}
		n, start := uint64(0), i
		for ; i < len(b); i++ {
			d := uint64(b[i]) - '0'
			if d > 9 {
				break
			}
			n = n*10 + d
		}
		if uint(i-start-1) >= decimal.SafeDigits-1 { // none, or so many that they may be too many
			var ok bool
			if n, ok = decimal.Parse(b[start:i]); !ok || negative && n > 1<<63 {
				return -1
			}
			if n > math.MaxInt64 && !negative {
				f.large |= 1 << k
			}
		}
		if negative {
			n = -n
			f.negative |= 1 << k
		}
		f.value[k] = n
	}
	return i
}

// take gives the fields their places, and says whether all have room there.
func (s *Stat) take(f *statFields) bool {
	v := &f.value
	s.PPID, s.PGRP, s.Session = int(v[0]), int(v[1]), int(v[2])
	s.TTY, s.TPGID, s.Flags = int32(v[3]), int(v[4]), uint32(v[5])
	s.MinFlt, s.CMinFlt, s.MajFlt, s.CMajFlt = v[6], v[7], v[8], v[9]
	s.UTime, s.STime, s.CUTime, s.CSTime = v[10], v[11], v[12], v[13]
	s.Priority, s.Nice, s.Threads, s.ItReal = int64(v[14]), int64(v[15]), int64(v[16]), int64(v[17])
	s.StartTime, s.VSize, s.RSS, s.RSSLimit = v[18], v[19], v[20], v[21]
	s.StartCode, s.EndCode, s.StartStack, s.ESP, s.EIP = v[22], v[23], v[24], v[25], v[26]
	s.Signal, s.Blocked, s.SigIgnore, s.SigCatch = v[27], v[28], v[29], v[30]
	s.WChan, s.NSwap, s.CNSwap = v[31], v[32], v[33]
	s.ExitSignal, s.Processor = int32(v[34]), int32(v[35])
	s.RTPriority, s.Policy = uint32(v[36]), uint32(v[37])
	s.BlkIOTicks, s.GuestTime, s.CGuestTime = v[38], v[39], v[40]
	s.StartData, s.EndData, s.StartBrk = v[41], v[42], v[43]
	s.ArgStart, s.ArgEnd, s.EnvStart, s.EnvEnd = v[44], v[45], v[46], v[47]
	s.ExitCode = int32(v[48])

	ints := exceeds[int](v[0]) | exceeds[int](v[1]) | exceeds[int](v[2]) | exceeds[int](v[4])
	short := exceeds[int32](v[3]) | exceeds[int32](v[34]) | exceeds[int32](v[35]) | exceeds[int32](v[48])
	bits := (v[5] | v[36] | v[37]) >> 32
	return ints|short|bits|f.negative&^signedFields|f.large&signedFields == 0
}

// exceeds is not 0 when a T has no room for the number.
func exceeds[T int | int32](n uint64) uint64 { return uint64(T(n)) ^ n }
