// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"math"

	"github.com/kernlink/kernlink/internal/decimal"
)

// StatusField is one line of /proc/PID/status, for [Status.Has].
type StatusField uint8

// The fields in the order in which the kernel prints them (fs/proc/array.c,
// fs/proc/task_mmu.c). StatusSigQ stands for SigQueued and SigQueueMax.
const (
	StatusName StatusField = iota
	StatusUmask
	StatusState
	StatusTGID
	StatusNGID
	StatusPID
	StatusPPID
	StatusTracerPID
	StatusUID
	StatusGID
	StatusFDSize
	StatusGroups
	StatusNSTGID
	StatusNSPID
	StatusNSPGID
	StatusNSSID
	StatusKThread
	StatusVmPeak
	StatusVmSize
	StatusVmLck
	StatusVmPin
	StatusVmHWM
	StatusVmRSS
	StatusRssAnon
	StatusRssFile
	StatusRssShmem
	StatusVmData
	StatusVmStk
	StatusVmExe
	StatusVmLib
	StatusVmPTE
	StatusVmPMD
	StatusVmSwap
	StatusHugetlbPages
	StatusCoreDumping
	StatusTHPEnabled
	StatusUntagMask
	StatusThreads
	StatusSigQ
	StatusSigPnd
	StatusShdPnd
	StatusSigBlk
	StatusSigIgn
	StatusSigCgt
	StatusCapInh
	StatusCapPrm
	StatusCapEff
	StatusCapBnd
	StatusCapAmb
	StatusNoNewPrivs
	StatusSeccomp
	StatusSeccompFilters
	StatusSpecStoreBypass
	StatusSpecIndirectBranch
	StatusCPUsAllowed
	StatusMemsAllowed
	StatusVoluntarySwitches
	StatusInvoluntarySwitches

	statusFields
)

var statusNames = [statusFields]string{
	StatusName:                "Name",
	StatusUmask:               "Umask",
	StatusState:               "State",
	StatusTGID:                "Tgid",
	StatusNGID:                "Ngid",
	StatusPID:                 "Pid",
	StatusPPID:                "PPid",
	StatusTracerPID:           "TracerPid",
	StatusUID:                 "Uid",
	StatusGID:                 "Gid",
	StatusFDSize:              "FDSize",
	StatusGroups:              "Groups",
	StatusNSTGID:              "NStgid",
	StatusNSPID:               "NSpid",
	StatusNSPGID:              "NSpgid",
	StatusNSSID:               "NSsid",
	StatusKThread:             "Kthread",
	StatusVmPeak:              "VmPeak",
	StatusVmSize:              "VmSize",
	StatusVmLck:               "VmLck",
	StatusVmPin:               "VmPin",
	StatusVmHWM:               "VmHWM",
	StatusVmRSS:               "VmRSS",
	StatusRssAnon:             "RssAnon",
	StatusRssFile:             "RssFile",
	StatusRssShmem:            "RssShmem",
	StatusVmData:              "VmData",
	StatusVmStk:               "VmStk",
	StatusVmExe:               "VmExe",
	StatusVmLib:               "VmLib",
	StatusVmPTE:               "VmPTE",
	StatusVmPMD:               "VmPMD",
	StatusVmSwap:              "VmSwap",
	StatusHugetlbPages:        "HugetlbPages",
	StatusCoreDumping:         "CoreDumping",
	StatusTHPEnabled:          "THP_enabled",
	StatusUntagMask:           "untag_mask",
	StatusThreads:             "Threads",
	StatusSigQ:                "SigQ",
	StatusSigPnd:              "SigPnd",
	StatusShdPnd:              "ShdPnd",
	StatusSigBlk:              "SigBlk",
	StatusSigIgn:              "SigIgn",
	StatusSigCgt:              "SigCgt",
	StatusCapInh:              "CapInh",
	StatusCapPrm:              "CapPrm",
	StatusCapEff:              "CapEff",
	StatusCapBnd:              "CapBnd",
	StatusCapAmb:              "CapAmb",
	StatusNoNewPrivs:          "NoNewPrivs",
	StatusSeccomp:             "Seccomp",
	StatusSeccompFilters:      "Seccomp_filters",
	StatusSpecStoreBypass:     "Speculation_Store_Bypass",
	StatusSpecIndirectBranch:  "SpeculationIndirectBranch",
	StatusCPUsAllowed:         "Cpus_allowed_list",
	StatusMemsAllowed:         "Mems_allowed_list",
	StatusVoluntarySwitches:   "voluntary_ctxt_switches",
	StatusInvoluntarySwitches: "nonvoluntary_ctxt_switches",
}

// String returns the kernel's name for the field.
func (f StatusField) String() string {
	if f >= statusFields {
		return "field"
	}
	return statusNames[f]
}

// set stores what stands behind the colon of a line, and returns what comes
// after the line.
func (s *Status) set(f StatusField, b []byte) (rest []byte, ok bool) {
	var n uint64
	switch {
	case StatusVmPeak <= f && f <= StatusHugetlbPages:
		n, rest, ok = sizeLine(b)
		s.setSize(f, n<<10)
		return rest, ok
	case StatusSigPnd <= f && f <= StatusCapAmb:
		n, rest, ok = maskLine(b)
		s.setMask(f, n)
		return rest, ok
	case statusNumbers>>f&1 != 0:
		n, rest, ok = numberLine(b)
		return rest, s.setNumber(f, n) && ok
	}
	text, rest := line(b)
	if f == StatusName {
		s.Name = unescape(s.Name, bytes.TrimPrefix(text, []byte("\t")))
		return rest, true
	}
	return rest, s.setText(f, trimBlanks(text))
}

// sizeLine reads "    1748 kB", and behind it the end of the line.
func sizeLine(b []byte) (n uint64, rest []byte, ok bool) {
	const unit, column = " kB\n", 9 // the tab is of it
	if len(b) > 0 && b[0] == '\t' {
		if n, ok = decimal.Padded(b[1:]); ok && len(b) >= column+len(unit) && string(b[column:column+len(unit)]) == unit {
			return n, b[column+len(unit):], true
		}
	}
	text, rest := line(b)
	digits, found := bytes.CutSuffix(trimBlanks(text), []byte(" kB"))
	n, ok = decimal.Parse(digits)
	return n, rest, ok && found && n>>54 == 0
}

// numberLine reads a decimal number, and behind it the end of the line.
func numberLine(b []byte) (n uint64, rest []byte, ok bool) {
	const short = 1 + 5 + 1 // a tab, a number, a newline
	for i := 1; i < len(b) && i < short && b[0] == '\t'; i++ {
		d := uint64(b[i]) - '0'
		if d > 9 {
			if i == 1 || b[i] != '\n' {
				break
			}
			return n, b[i+1:], true
		}
		n = n*10 + d
	}
	text, rest := line(b)
	n, ok = decimal.Parse(trimBlanks(text))
	return n, rest, ok
}

// maskLine reads sixteen hexadecimal digits. Most masks have no bit set.
func maskLine(b []byte) (n uint64, rest []byte, ok bool) {
	const none = "\t0000000000000000\n"
	if len(b) >= len(none) && string(b[:len(none)]) == none {
		return 0, b[len(none):], true
	}
	text, rest := line(b)
	n, ok = hex(trimBlanks(text))
	return n, rest, ok
}

func (s *Status) setSize(f StatusField, n uint64) {
	switch f {
	case StatusVmPeak:
		s.VmPeak = n
	case StatusVmSize:
		s.VmSize = n
	case StatusVmLck:
		s.VmLck = n
	case StatusVmPin:
		s.VmPin = n
	case StatusVmHWM:
		s.VmHWM = n
	case StatusVmRSS:
		s.VmRSS = n
	case StatusRssAnon:
		s.RssAnon = n
	case StatusRssFile:
		s.RssFile = n
	case StatusRssShmem:
		s.RssShmem = n
	case StatusVmData:
		s.VmData = n
	case StatusVmStk:
		s.VmStk = n
	case StatusVmExe:
		s.VmExe = n
	case StatusVmLib:
		s.VmLib = n
	case StatusVmPTE:
		s.VmPTE = n
	case StatusVmPMD:
		s.VmPMD = n
	case StatusVmSwap:
		s.VmSwap = n
	case StatusHugetlbPages:
		s.HugetlbPages = n
	}
}

func (s *Status) setMask(f StatusField, n uint64) {
	switch f {
	case StatusSigPnd:
		s.SigPnd = n
	case StatusShdPnd:
		s.ShdPnd = n
	case StatusSigBlk:
		s.SigBlk = n
	case StatusSigIgn:
		s.SigIgn = n
	case StatusSigCgt:
		s.SigCgt = n
	case StatusCapInh:
		s.CapInh = n
	case StatusCapPrm:
		s.CapPrm = n
	case StatusCapEff:
		s.CapEff = n
	case StatusCapBnd:
		s.CapBnd = n
	case StatusCapAmb:
		s.CapAmb = n
	}
}

// statusNumbers are the fields that setNumber knows.
const statusNumbers uint64 = 1<<StatusTGID |
	1<<StatusNGID |
	1<<StatusPID |
	1<<StatusPPID |
	1<<StatusTracerPID |
	1<<StatusFDSize |
	1<<StatusThreads |
	1<<StatusSeccomp |
	1<<StatusSeccompFilters |
	1<<StatusKThread |
	1<<StatusCoreDumping |
	1<<StatusTHPEnabled |
	1<<StatusNoNewPrivs |
	1<<StatusVoluntarySwitches |
	1<<StatusInvoluntarySwitches

func (s *Status) setNumber(f StatusField, n uint64) (ok bool) {
	small, isSmall := narrow[int](int64(n), n <= math.MaxInt64)
	on, isFlag := n != 0, n <= 1
	switch f {
	case StatusVoluntarySwitches:
		s.VoluntarySwitches = n
		return true
	case StatusInvoluntarySwitches:
		s.InvoluntarySwitches = n
		return true
	case StatusTGID:
		s.TGID = small
	case StatusNGID:
		s.NGID = small
	case StatusPID:
		s.PID = small
	case StatusPPID:
		s.PPID = small
	case StatusTracerPID:
		s.TracerPID = small
	case StatusFDSize:
		s.FDSize = small
	case StatusThreads:
		s.Threads = small
	case StatusSeccomp:
		s.Seccomp = small
	case StatusSeccompFilters:
		s.SeccompFilters = small
	case StatusKThread:
		s.KThread = on
		return isFlag
	case StatusCoreDumping:
		s.CoreDumping = on
		return isFlag
	case StatusTHPEnabled:
		s.THPEnabled = on
		return isFlag
	case StatusNoNewPrivs:
		s.NoNewPrivs = on
		return isFlag
	}
	return isSmall
}

func (s *Status) setText(f StatusField, v []byte) (ok bool) {
	ok = true
	switch f {
	case StatusUmask:
		s.Umask, ok = widthOf32(octal(v))
	case StatusState:
		if ok = len(v) > 0; ok {
			s.State = State(v[0])
		}
	case StatusUID:
		s.UID, ok = fourIDs(v)
	case StatusGID:
		s.GID, ok = fourIDs(v)
	case StatusGroups:
		s.Groups, ok = appendIDs(s.Groups[:0], v)
	case StatusNSTGID:
		s.NSTGID, ok = appendInts(s.NSTGID[:0], v)
	case StatusNSPID:
		s.NSPID, ok = appendInts(s.NSPID[:0], v)
	case StatusNSPGID:
		s.NSPGID, ok = appendInts(s.NSPGID[:0], v)
	case StatusNSSID:
		s.NSSID, ok = appendInts(s.NSSID[:0], v)
	case StatusUntagMask:
		s.UntagMask, ok = hex(bytes.TrimPrefix(v, []byte("0x")))
	case StatusSigQ:
		queued, limit, found := bytes.Cut(v, []byte("/"))
		var ok1, ok2 bool
		s.SigQueued, ok1 = decimal.Parse(queued)
		s.SigQueueMax, ok2 = decimal.Parse(limit)
		ok = found && ok1 && ok2
	case StatusSpecStoreBypass:
		s.SpecStoreBypass = append(s.SpecStoreBypass[:0], v...)
	case StatusSpecIndirectBranch:
		s.SpecIndirectBranch = append(s.SpecIndirectBranch[:0], v...)
	case StatusCPUsAllowed:
		s.CPUsAllowed = append(s.CPUsAllowed[:0], v...)
	case StatusMemsAllowed:
		s.MemsAllowed = append(s.MemsAllowed[:0], v...)
	}
	return ok
}

func fourIDs(v []byte) (IDs, bool) {
	r := row{b: v}
	ids := IDs{r.uint32(), r.uint32(), r.uint32(), r.uint32()}
	return ids, !r.bad && r.count == 4
}

func appendIDs(dst []uint32, v []byte) ([]uint32, bool) {
	r := row{b: v}
	for !r.bad && !r.ended() {
		dst = append(dst, r.uint32())
	}
	return dst, !r.bad
}

func appendInts(dst []int, v []byte) ([]int, bool) {
	r := row{b: v}
	for !r.bad && !r.ended() {
		dst = append(dst, r.int())
	}
	return dst, !r.bad
}
