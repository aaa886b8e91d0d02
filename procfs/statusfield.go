// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

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

// set stores the value of any field but the name.
func (s *Status) set(f StatusField, value []byte) (ok bool) {
	switch {
	case f <= StatusKThread:
		return s.setIdentity(f, value)
	case f <= StatusHugetlbPages:
		return s.setMemory(f, value)
	case f <= StatusSigQ:
		return s.setThreads(f, value)
	case f <= StatusCapAmb:
		return s.setMask(f, value)
	}
	return s.setRest(f, value)
}

func (s *Status) setIdentity(f StatusField, v []byte) (ok bool) {
	switch f {
	case StatusUmask:
		s.Umask, ok = widthOf32(octal(v))
	case StatusState:
		if ok = len(v) > 0; ok {
			s.State = State(v[0])
		}
	case StatusTGID:
		s.TGID, ok = narrow[int](signed(v))
	case StatusNGID:
		s.NGID, ok = narrow[int](signed(v))
	case StatusPID:
		s.PID, ok = narrow[int](signed(v))
	case StatusPPID:
		s.PPID, ok = narrow[int](signed(v))
	case StatusTracerPID:
		s.TracerPID, ok = narrow[int](signed(v))
	case StatusUID:
		s.UID, ok = fourIDs(v)
	case StatusGID:
		s.GID, ok = fourIDs(v)
	case StatusFDSize:
		s.FDSize, ok = narrow[int](signed(v))
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
	case StatusKThread:
		s.KThread, ok = flag(v)
	}
	return ok
}

func (s *Status) setMemory(f StatusField, v []byte) bool {
	n, ok := kibibytes(v)
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
	return ok
}

func (s *Status) setThreads(f StatusField, v []byte) (ok bool) {
	switch f {
	case StatusCoreDumping:
		s.CoreDumping, ok = flag(v)
	case StatusTHPEnabled:
		s.THPEnabled, ok = flag(v)
	case StatusUntagMask:
		s.UntagMask, ok = hex(bytes.TrimPrefix(v, []byte("0x")))
	case StatusThreads:
		s.Threads, ok = narrow[int](signed(v))
	case StatusSigQ:
		queued, limit, found := bytes.Cut(v, []byte("/"))
		var ok1, ok2 bool
		s.SigQueued, ok1 = decimal.Parse(queued)
		s.SigQueueMax, ok2 = decimal.Parse(limit)
		ok = found && ok1 && ok2
	}
	return ok
}

func (s *Status) setMask(f StatusField, v []byte) bool {
	n, ok := hex(v)
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
	return ok
}

func (s *Status) setRest(f StatusField, v []byte) (ok bool) {
	switch f {
	case StatusNoNewPrivs:
		s.NoNewPrivs, ok = flag(v)
	case StatusSeccomp:
		s.Seccomp, ok = narrow[int](signed(v))
	case StatusSeccompFilters:
		s.SeccompFilters, ok = narrow[int](signed(v))
	case StatusSpecStoreBypass:
		s.SpecStoreBypass, ok = append(s.SpecStoreBypass[:0], v...), true
	case StatusSpecIndirectBranch:
		s.SpecIndirectBranch, ok = append(s.SpecIndirectBranch[:0], v...), true
	case StatusCPUsAllowed:
		s.CPUsAllowed, ok = append(s.CPUsAllowed[:0], v...), true
	case StatusMemsAllowed:
		s.MemsAllowed, ok = append(s.MemsAllowed[:0], v...), true
	case StatusVoluntarySwitches:
		s.VoluntarySwitches, ok = decimal.Parse(v)
	case StatusInvoluntarySwitches:
		s.InvoluntarySwitches, ok = decimal.Parse(v)
	}
	return ok
}

func flag(v []byte) (on, ok bool) {
	n, ok := decimal.Parse(v)
	return n != 0, ok && n <= 1
}

// kibibytes reads "1748 kB" as bytes.
func kibibytes(v []byte) (uint64, bool) {
	number, unit := word(v)
	n, ok := decimal.Parse(number)
	return n << 10, ok && n>>54 == 0 && string(bytes.TrimSpace(unit)) == "kB"
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
