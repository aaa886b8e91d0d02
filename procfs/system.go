// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"errors"
	"io/fs"
	"sync"
	"syscall"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// systemFile is one of the files of /proc itself that have an Into call.
type systemFile int

const (
	systemStat systemFile = iota
	systemMeminfo
	systemVmstat
	systemLoadAvg
	systemUptime
	systemPressureCPU
	systemPressureMemory
	systemPressureIO
	systemPressureIRQ
	systemSNMP
	systemSNMP6
	systemNetstat
	systemSockstat
	systemSockstat6

	systemFiles
)

// systemFacts are what there is to know of a file before it is read.
type systemFacts struct {
	name  string
	needs string // what a kernel without it lacks

	// record is more than any of its records has, of a file that is a list of
	// records to the kernel. 0: it is one record, and read at once.
	record int
}

const (
	everyKernel = "this kernel has no such file, or it is no procfs"

	needsPSI  = "it needs Linux 4.20, CONFIG_PSI, and psi=1 on the kernel's command line where that is not the default"
	needsIPv6 = "it needs CONFIG_IPV6"
	needsNet  = "it needs CONFIG_INET"
)

var systemTable = [systemFiles]systemFacts{
	systemStat:           {name: "stat", needs: everyKernel},
	systemMeminfo:        {name: "meminfo", needs: everyKernel},
	systemVmstat:         {name: "vmstat", needs: "it needs CONFIG_VM_EVENT_COUNTERS", record: 64},
	systemLoadAvg:        {name: "loadavg", needs: everyKernel},
	systemUptime:         {name: "uptime", needs: everyKernel},
	systemPressureCPU:    {name: "pressure/cpu", needs: needsPSI},
	systemPressureMemory: {name: "pressure/memory", needs: needsPSI},
	systemPressureIO:     {name: "pressure/io", needs: needsPSI},
	systemPressureIRQ:    {name: "pressure/irq", needs: "it needs Linux 6.1 and CONFIG_IRQ_TIME_ACCOUNTING, and what the other files of pressure need"},
	systemSNMP:           {name: "net/snmp", needs: needsNet},
	systemSNMP6:          {name: "net/snmp6", needs: needsIPv6},
	systemNetstat:        {name: "net/netstat", needs: needsNet},
	systemSockstat:       {name: "net/sockstat", needs: needsNet},
	systemSockstat6:      {name: "net/sockstat6", needs: needsIPv6},
}

// kept is a file that stays open, and the memory that it is read into.
type kept struct {
	mu   sync.Mutex
	open bool
	fd   int
	buf  []byte
}

func (k *kept) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.open {
		sys.Close(k.fd)
		k.open = false
	}
}

// text is the Into tier: the file stays open for the next time. It is called
// with f.kept[s].mu held, which what it returns is borrowed under.
func (f *FS) text(s systemFile) ([]byte, error) {
	k := &f.kept[s]
	if !k.open {
		fd, err := f.openSystem(s)
		if err != nil {
			return nil, err
		}
		k.open, k.fd = true, fd
	}
	b, err := loadSystem(k.fd, &k.buf, systemTable[s].record)
	if err != nil {
		return nil, f.systemFailure("read", s, err)
	}
	return b, nil
}

// once is the easy tier: open, read, close.
func once[T any](f *FS, s systemFile, dst *T, parse func([]byte, *T) (problem string)) error {
	fd, err := f.openSystem(s)
	if err != nil {
		return err
	}
	var buf []byte
	b, err := loadSystem(fd, &buf, systemTable[s].record)
	sys.Close(fd)
	if err != nil {
		return f.systemFailure("read", s, err)
	}
	return f.parsed(s, b, parse(b, dst))
}

// parsed makes an error of a problem, with the file that it is in.
func (f *FS) parsed(s systemFile, b []byte, problem string) error {
	if problem == "" {
		return nil
	}
	return malformed(f.path+"/"+systemTable[s].name, b, problem)
}

func (f *FS) openSystem(s systemFile) (int, error) {
	dir, err := f.dir.Acquire()
	if err != nil {
		return -1, err
	}
	defer f.dir.Release()
	fd, err := f.openAt(dir, systemTable[s].name, sys.ReadOnly)
	if err != nil {
		return -1, f.systemFailure("open", s, err)
	}
	return fd, nil
}

// systemFailure wraps what the kernel said of a file of /proc itself. What is
// missing is something that the kernel was built or started without.
func (f *FS) systemFailure(op string, s systemFile, err error) error {
	return lacking(failure(op, f.path+"/"+systemTable[s].name, err), systemTable[s].needs)
}

// lacking says of an error of a file that does not exist, or that the kernel
// says is not supported, what it needs.
func lacking(err error, needs string) error {
	e, ok := errors.AsType[*kernlink.Error](err)
	if !ok || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, kernlink.ErrGone) {
		return err
	}
	said := *e
	said.Kind, said.Hint = kernlink.ErrNotSupported, needs
	return &said
}

const (
	firstSystem = 8 << 10
	seqPage     = 4096 // the least that seq_file has room for at a time
)

// loadSystem reads an open file from its beginning into *buf, which it makes
// larger when it must.
//
// A file that is one record comes whole in one pread(2). A list of records
// comes a page at a time, and a read that ended before the page did was the
// last: another record would have had room.
func loadSystem(fd int, buf *[]byte, record int) ([]byte, error) {
	if len(*buf) == 0 {
		*buf = make([]byte, firstSystem)
	}
	n := 0
	for {
		m, err := sys.Pread(fd, (*buf)[n:], int64(n))
		if err != nil {
			return nil, err
		}
		n += m
		switch {
		case m == 0, n < len(*buf) && (record == 0 || m+record <= seqPage):
			return (*buf)[:n], nil
		case n == len(*buf) && n >= lastBuffer:
			return nil, syscall.EFBIG
		case n == len(*buf):
			*buf = append(*buf, make([]byte, n)...)
		}
	}
}
