// SPDX-License-Identifier: Apache-2.0

// Package tracefs records what happens in the kernel: it switches events on,
// puts probes into the kernel and into programs, filters, and reads the
// buffers, as text or as they are.
//
//	tr, err := tracefs.Open(nil)
//	defer tr.Close()
//	inst, err := tr.Create("kernlink") // buffers of our own
//	defer inst.Remove()
//	ev := inst.Event("sched", "sched_switch")
//	err = ev.SetFilter("prev_pid == 1")
//	err = ev.Enable()
//	pipe, err := inst.Pipe()
//	defer pipe.Close()
//	for rec, err := range pipe.All(ctx) {
//		fmt.Println(rec.Time, rec.Task, rec.Event, rec.Text)
//	}
//
// # Choosing
//
// An [FS] is an [Instance], the one that everybody uses who does not make one.
// [FS.Create] makes another, with buffers, events, filters and a clock of its
// own, which is what a program should do: it disturbs nobody, and nobody
// disturbs it.
//
// An [Event] is a place in the kernel's code that its authors have foreseen.
// Where they have not, [FS.AddProbe] makes one: a [KProbe] at any function of
// the kernel or of a module, a [UProbe] in a program or a library. A [Marker]
// puts the program's own words among the events.
//
// [Instance.Pipe] reads text, which the kernel makes, of all CPUs in one order.
// [Instance.Raw] reads one CPU's buffer as it is, which costs the kernel
// nothing and no allocation here; the fields are found through [Event.Format].
// Both take what they read out of the buffers. The file "trace" shows the text
// and leaves it there.
//
// [Instance.File] is for all else: "tracing_on", "buffer_size_kb",
// "trace_clock" (an [attr.Selector]), "current_tracer", "options/stacktrace",
// "snapshot". [ParseRecord], [ParsePage], [ParseFormat] and the others do
// without the kernel, for what was captured elsewhere. [OpenAt] on an ordinary
// folder serves the tests of one's own code.
//
// # Order and loss
//
// Each CPU has a buffer that forgets the oldest events when it is full. A
// reader sees that as a [*Lost] in the place of what is missing, with its
// number where the kernel knows it. [Instance.Stats] has the counters.
//
// # What outlives the program
//
// Instances, probes, filters and what is enabled stay until somebody removes
// them or the machine stops. A program that may be killed should look at its
// start for what it left behind ([FS.Instances], [FS.Probes]).
//
// The order is: disable the events of a probe, remove it; close what reads an
// instance, remove it. What is still in use is [kernlink.ErrBusy], and the Hint
// says by whom.
//
// # Probes of others
//
// The kernel has one list of probes for all, and clears it for who opens it as
// files are mostly opened. This package appends to it and touches no other
// probe. It refuses a name that is taken, because the kernel would make one
// event of both probes. It refuses names, symbols, paths and arguments with
// blanks, newlines or a # in them, which end a word, a command, and both.
//
// # Errors
//
// All are *kernlink.Error with Channel "tracefs". errors.Is finds
// [kernlink.ErrGone] when the instance or the probe was removed,
// [kernlink.ErrBusy], [kernlink.ErrRestricted] (the Hint names lockdown),
// [kernlink.ErrNotSupported] (it names the kernel's option),
// [io/fs.ErrNotExist] for an event that there is not, [io/fs.ErrExist],
// [io/fs.ErrInvalid] for what the kernel is not even asked, [io/fs.ErrClosed]
// after Close, [ErrMalformed], and the errno. The kernel makes an instance, and
// takes it apart, piece by piece: for a moment a file of it can be
// [io/fs.ErrNotExist] although the instance is there.
//
// [errors.AsType] finds a [*LogError], the kernel's own sentence about a probe,
// a filter or a histogram that it did not take, and a [*Lost]. Some mistakes in
// a filter are ENOENT to the kernel.
//
// # Privileges
//
// Root's: the folder has mode 0700. It can be given to a group by the mount
// options gid and mode. Lockdown in the state integrity leaves all of this as
// it is; confidentiality forbids it, and a kernel that is booted so has an
// empty tracefs.
//
// # Kernel versions
//
// Linux 4.1 and newer with CONFIG_TRACING. Probes need CONFIG_KPROBE_EVENTS
// and CONFIG_UPROBE_EVENTS, syscalls as events CONFIG_FTRACE_SYSCALLS. The
// error_log came with 5.2; $arg1 with 4.20, on the processors that have it.
// Since 6.6 only one may read an instance's trace_pipe. Since 6.8 a marker may
// be longer than 1024 bytes, and the file buffer_subbuf_size_kb sets how large
// the pages of a buffer are.
//
// The rules are in Documentation/trace/ftrace.rst, events.rst,
// kprobetrace.rst, uprobetracer.rst and ring-buffer-design.rst in the kernel's
// sources.
package tracefs
