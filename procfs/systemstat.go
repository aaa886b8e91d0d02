// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"time"
)

// SystemStat is /proc/stat, as proc_stat(5) has it: what the kernel counts
// since boot.
type SystemStat struct {
	Total CPUTimes   // of all CPUs; its CPU is -1
	CPUs  []CPUTimes // the CPUs that are online, in the order of their numbers

	Interrupts      uint64 // [FS.Interrupts] tells which
	ContextSwitches uint64
	BootTime        time.Time // to the second; it moves when the clock is set
	Forks           uint64    // processes and threads that were made
	Running         uint64    // threads that run or could
	Blocked         uint64    // threads that wait for a disk
	Softirqs        uint64    // [FS.Softirqs] tells which
}

// CPUTimes is what a CPU did with its time, in clock ticks ([Tick]). Idle and
// IOWait may go backward. Guest is in User too, and GuestNice in Nice.
type CPUTimes struct {
	CPU                                            int
	User, Nice, System, Idle, IOWait, IRQ, SoftIRQ uint64
	Steal, Guest, GuestNice                        uint64

	// Fields is how many numbers the kernel printed, 10 since Linux 2.6.33:
	// what comes after them is 0 because this kernel does not know it.
	Fields int
}

// Busy is the time that was not idle.
func (t *CPUTimes) Busy() uint64 {
	return t.User + t.Nice + t.System + t.IRQ + t.SoftIRQ + t.Steal // guests are in user and nice
}

// All is all the time there was: Busy and what was idle.
func (t *CPUTimes) All() uint64 { return t.Busy() + t.Idle + t.IOWait }

// ParseSystemStat reads the text of /proc/stat into *dst, whose CPUs' memory
// it uses again. Lines that this package does not know are passed over.
//
// errors.Is finds [ErrMalformed] for bytes that are no such text, after which
// *dst holds nothing of use. It allocates for more CPUs than the last time,
// and for an error.
func ParseSystemStat(b []byte, dst *SystemStat) error {
	if problem := parseSystemStat(b, dst); problem != "" {
		return malformed("", b, problem)
	}
	return nil
}

func parseSystemStat(b []byte, dst *SystemStat) (problem string) {
	*dst = SystemStat{CPUs: dst.CPUs[:0]}
	for len(b) > 0 {
		var text []byte
		text, b = line(b)
		key, rest := word(text)
		r := row{b: rest}
		switch string(key) {
		case "cpu":
			dst.Total = cpuTime(&r, -1)
		case "intr":
			dst.Interrupts = r.uint64()
		case "ctxt":
			dst.ContextSwitches = r.uint64()
		case "btime":
			dst.BootTime = time.Unix(int64(r.uint64()), 0)
		case "processes":
			dst.Forks = r.uint64()
		case "procs_running":
			dst.Running = r.uint64()
		case "procs_blocked":
			dst.Blocked = r.uint64()
		case "softirq":
			dst.Softirqs = r.uint64()
		default:
			number, ok := bytes.CutPrefix(key, []byte("cpu"))
			if !ok {
				continue // of a newer kernel
			}
			cpu, ok := narrow[int](signed(number))
			if !ok {
				return "a CPU without a number"
			}
			dst.CPUs = append(dst.CPUs, cpuTime(&r, cpu))
		}
		if r.bad || r.count == 0 {
			return "a value that is no number"
		}
	}
	if dst.Total.Fields < 4 {
		return "no times of the CPUs"
	}
	return ""
}

func cpuTime(r *row, cpu int) CPUTimes {
	t := CPUTimes{
		CPU: cpu, User: r.uint64(), Nice: r.uint64(), System: r.uint64(), Idle: r.uint64(), IOWait: r.uint64(),
		IRQ: r.uint64(), SoftIRQ: r.uint64(), Steal: r.uint64(), Guest: r.uint64(), GuestNice: r.uint64(),
	}
	t.Fields = r.count
	return t
}

// Stat reads /proc/stat: it opens the file, reads it, and closes it.
func (f *FS) Stat() (s SystemStat, err error) {
	err = once(f, systemStat, &s, parseSystemStat)
	return s, err
}

// ReadStatInto reads /proc/stat into *dst, whose memory it uses again, as
// [FS.ReadMeminfoInto] does. A large machine takes milliseconds to add up its
// interrupts.
func (f *FS) ReadStatInto(dst *SystemStat) error {
	k := &f.kept[systemStat]
	k.mu.Lock()
	defer k.mu.Unlock()
	b, err := f.text(systemStat)
	if err != nil {
		return err
	}
	return f.parsed(systemStat, b, parseSystemStat(b, dst))
}
