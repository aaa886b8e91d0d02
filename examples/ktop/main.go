// SPDX-License-Identifier: Apache-2.0

// Ktop shows the processes of this machine in a terminal, as top does.
//
//	ktop                    all, the busiest first, once a second
//	ktop -d 100ms -s io     ten times a second, who reads and writes most first
//	ktop -f 'postgres|pg_'  those whose command matches
//	ktop -p 1,4711          these
//	ktop -once -n 5         one table of five rows, for a pipe or a file
//	ktop -b                 a table each second, until it is interrupted
//
// This is what it prints:
//
//	1088 processes: 1 running, 1032 sleeping, 55 idle
//	CPU 34.2% of 2 cores, ktop 0.9% of one, in 1.00s
//	began 1: 4711 cc1; ended 2: 4690 cc1, 4709 as
//
//	    PID USER      S  THR   CPU%    RSS  READ/s WRITE/s    AGE COMMAND
//	   4711 anna      R    1   99.8   212M       0   16.0K   0.9s cc1 -quiet -O2 main.c
//	    630 postgres  S    1    2.1  18.3M    1.2M    4.0K   3d4h postgres: writer
//	     17 root      S    1    0.1      0       -       -    12d [rcu_preempt]
//
// CPU is of one core, in the time between two tables; READ and WRITE are bytes
// that went from and to storage. A minus sign is what is not known: there is
// no rate before the second look at a process, and io of another user's
// process is not for everybody to read. A name in brackets belongs to a
// process without arguments, a kernel thread as a rule.
//
// In a terminal these keys do something:
//
//	c m i p t  the order: CPU, memory, IO, process number, start time
//	r          the other way round
//	/          asks for a filter; an empty one, or Escape, shows all again
//	q          the end, as is Ctrl-C
//
// # How it stays cheap
//
// A look at a process costs one pread(2) of a file that stays open, which is
// about half of opening, reading and closing it. The price is descriptors:
// six for a process at most (its folder, stat, schedstat; status, cmdline and
// io for those that were shown). The soft limit is no hindrance, since a Go
// program raises it to the hard one when it starts. Processes beyond that, or
// beyond -fds, are read by number each time. A handle means one process and no later
// one with its number; without a handle, the start time tells them apart.
//
// Nor is stat read of each process at each turn: the kernel puts fifty numbers
// together for it. The file schedstat has three, among them how often the main
// thread was put on a CPU. A process with one thread that slept when its stat
// was read, and has not been put on a CPU since, has used no CPU, has neither
// read nor written, has the name and user that it had. What else may change
// behind its back, such as memory that the kernel takes away, is looked at
// once a second.
//
// Nor is /proc asked at each turn which processes there are. The kernel gives
// numbers out in turn, and the last word of loadavg is the last of them: while
// it stays the same, nothing began, and what ended shows at its handle. This
// too is looked at once a second in any case.
//
// Of 1000 processes that sleep, on the machine where this was written, with
// other work going on, ten times a second, a refresh is about 1.3 ms of kernel
// time for schedstat, and 0.4 for a tenth of the stats, where reading stat of
// all is 3.6, opening it each time 5.2, and the list of the numbers 1.0.
// BenchmarkTenTimesASecond tells what it is elsewhere.
//
// schedstat has the time on the CPU in nanoseconds, where stat counts
// hundredths of a second, a tenth of an interval of 100ms. So what is shown of
// a process with one thread is exact even then. With more threads, whose times
// stat alone adds up, it goes in steps of 10 % at -d 100ms, and of 1 % at 1s.
//
// The user and the command are read for the rows that are shown (for all, when
// there is a filter), and once a second at most; io likewise, at each turn.
package main

import "os"

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }
