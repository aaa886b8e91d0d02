// SPDX-License-Identifier: Apache-2.0

// Package procfs reads /proc: processes, the system's own files, and those that
// modules put beside them.
//
//	proc, err := procfs.Open(nil)
//	defer proc.Close()
//	var st procfs.Stat
//	for p, err := range proc.Processes() {
//		if err := p.ReadStatInto(&st); errors.Is(err, kernlink.ErrGone) {
//			continue // it ended meanwhile
//		}
//		fmt.Println(st.PID, st.Comm, st.RSS)
//	}
//
// # Choosing
//
// [FS.Processes] scans; what it yields is borrowed and costs one open, read
// and close a file. [FS.Process], [FS.Self] and [Process.Open] make handles:
// the process itself, whatever becomes of its number. Who reads the same
// processes again and again keeps handles, which halves the time and costs a
// descriptor for each process, and one for each of its files that an Into call
// has read.
//
// Each file has an easy call that returns a value ([Process.Stat]), and those
// that monitors read all the time one that fills the caller's struct without
// allocating ([Process.ReadStatInto]). Of what both tell, statm is the
// cheapest, then stat, then status. Every one of these files is read at once
// and is a snapshot of its own; two of them are not of the same moment.
// [ParseStat] and its like are for text that was captured elsewhere.
//
// To find out whether a process that was seen before is still the same one,
// compare [Process.StartTime]. To wait for its end, [Process.Wait].
//
// [Process.Threads] scans the threads of a process as FS.Processes does the
// processes. [Process.FindMap] looks up one address, [Process.OpenMemory] many.
// Two processes share a namespace when their [Namespace] is equal
// ([Process.Namespaces]), and [Process.OpenNamespace] is for setns(2).
//
// [Process.Entry] is any other file of a process, and [FS.Entry] any other of
// /proc: package attr reads and writes them,
//
//	err = attr.Set(p.Entry("oom_score_adj"), 500)
//
// and with it the CPU lists of [Status]: var cpus attr.Bits; err =
// cpus.UnmarshalText(s.CPUsAllowed). Records that seq_file makes are gone
// through with [Records]. /proc/sys is package sysctl. For a new module, prefer
// sysfs for values and generic netlink for records.
//
// # The system
//
// What belongs to no process is asked of the [FS]. A few numbers come as a
// struct, by an easy call ([FS.Meminfo]) or into the caller's memory
// ([FS.ReadMeminfoInto], which keeps the file open and makes one pread(2)):
// [SystemStat], [Meminfo], [LoadAvg], [Uptime], [Pressure]. Hundreds of them
// come as [Counters] and are asked for by name ([FS.Vmstat], [Net.SNMP]).
// Tables are loops ([FS.Interrupts], [FS.Disks], [FS.Symbols], [Net.TCP]); what
// they yield is borrowed until the next turn, and costs no memory of its own.
// Each has a pure parser: of the whole text, or of a line of a table.
//
// Sizes are in bytes, also where the kernel prints KiB or sectors; pages stay
// pages, and clock ticks ticks ([Tick]). [FS.Net] is the network of the
// caller's process, [Process.Net] that of another one, or of a thread.
//
// [FS.Trigger] has the kernel wake who waits for pressure, and [NewTrigger] for
// that of a cgroup. To be told of a change of the mounts or the swaps, watch
// its file: attr.Of[string](proc.Entry("swaps")).Watch.
//
// # Hostile mounts
//
// Who may mount over /proc/PID/stat, or over /proc, decides what others read
// there, and where what they write goes to. A program with rights that others
// lack, in a place where these others mount (a container), opens its FS with
// [Options.Hardened]: all that is done by way of that FS is done to the
// kernel's own files, or fails with EXDEV.
//
// # Snapshots
//
// Loops ([FS.Processes], [Process.Maps], [Process.FDs], [Records]) are no
// snapshots: the kernel looks anew for each buffer that it fills, so what
// comes and goes meanwhile may be missing, or (of records) come twice.
//
// # Missing and zero
//
// A kernel thread and a zombie have no memory, and an older kernel knows fewer
// fields: [Status.Has] and [Stat.Fields] tell what was not printed from what
// is zero. Without the right to trace a process the kernel prints zeros for
// its addresses.
//
// It is the same with the system's files: a struct has Has
// ([Meminfo.Has], [Pressure.Has]), a row that grew over the years says how many
// Fields it had ([CPUTimes], [Disk]), and what is asked for by name comes with
// an ok ([Counters.Value], [Zone.Value], [CPU.Field]). Lines and columns of a
// newer kernel are passed over.
//
// # Errors
//
// All errors are *kernlink.Error with Channel "procfs". errors.Is finds:
//
//	kernlink.ErrGone          the process was reaped (ESRCH from a handle, ENOENT
//	                          where a number is looked up, an empty file that
//	                          cannot be empty), or a module removed its entry
//	                          (EIO). A zombie is not gone
//	kernlink.ErrRestricted    this file of this process is not for the caller; the
//	                          Hint says what it takes. A scan goes on
//	kernlink.ErrNotSupported  no procfs there, a file that this kernel does not
//	                          have (the Hint says what it was built or started
//	                          without), a signal to a process of another PID
//	                          namespace
//	ErrMalformed              text that is not what the kernel prints there
//	fs.ErrClosed              after Close; a borrowed Process after its loop
//	syscall.EXDEV, ELOOP      a mount, or a link that leads off the procfs, stands
//	                          in the way of a hardened FS
//
// What the kernel says of each file, seen on live kernels:
//
//	file                            zombie          reaped, handle  reaped, by number
//	stat status statm io limits     as before       ESRCH           ENOENT
//	comm schedstat sched cgroup     as before       ESRCH           ENOENT
//	oom_score_adj wchan             as before       ESRCH           ENOENT
//	maps cmdline fd stack           empty           ESRCH           ENOENT
//	smaps_rollup                    ESRCH           ESRCH           ENOENT
//	environ                         empty           ESRCH           ENOENT
//	  opened since Linux 6.12       ESRCH
//	  kept open                     empty           empty
//	mountinfo                       EINVAL          ESRCH           ENOENT
//	  kept open                     as before       as before
//	ns                              fewer links     ESRCH           ENOENT
//	fdinfo/N                        ENOENT          ESRCH           ENOENT
//	task                            itself          ESRCH           ENOENT
//	  kept open                     itself          ENOENT
//
// What a zombie has not is no error in the calls of [Process]: no memory, no
// environment, no mounts; an ErrNotExist that is not ErrGone where one thing
// was asked for ([Process.FDInfo], [Process.FindMap], [Process.Namespace]).
//
// # Privileges
//
// Everybody may read stat, status, statm, limits, comm, cmdline, schedstat,
// sched, cgroup, mountinfo and the threads of every process. io, maps, fd,
// fdinfo, smaps_rollup, environ, ns and what wchan says need the right to trace
// it: the same user and no more capabilities than the reader, or
// CAP_SYS_PTRACE. stack needs CAP_SYS_ADMIN. A mount with hidepid=1 lets
// others enter no folder, with hidepid=2 they do not see it at all. A signal
// needs the same user or CAP_KILL.
//
// Of the system's files slabinfo is for root alone. Addresses of symbols and
// modules are 0 without CAP_SYSLOG, see [FS.Symbols], and a [Trigger] may need
// CAP_SYS_RESOURCE.
//
// # Kernel versions
//
// [Process.Signal] and [Process.Wait] need Linux 5.3 (pidfd_open); the rest
// works on any kernel that Go does. Stat has 52 fields since Linux 3.5.
// [Pressure] needs Linux 4.20, a [Trigger] Linux 5.2, and a hardened FS Linux
// 5.6. Since Linux 6.11 one address is found without reading the text.
//
// The formats are those of proc_pid_stat(5) and its neighbours, and of
// Documentation/filesystems/proc.rst in the kernel's sources.
package procfs
