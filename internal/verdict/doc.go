// SPDX-License-Identifier: Apache-2.0

// Package verdict says what a line of the kernel log means for a test run: a
// WARN, an oops, a lockdep or KASAN report, a stall, or nothing at all.
//
// Everything here is a pure function of text. Nothing is read and nothing is
// waited for: the caller has the log from package kmsg inside the machine, or
// a serial console's transcript outside of it.
//
// # Choosing
//
// [Classify] judges one line by itself. [Scanner] follows a log and groups
// the lines of one report, so that an oops is one fault and not three (`BUG:
// unable to handle`, `Oops:`, `Kernel panic`). [Scan] does that to a whole
// transcript, whose lines [Strip] frees of what a console adds to them.
// [Taint] names the bits of /proc/sys/kernel/tainted, which remember a fault
// after its line has left the log.
//
// # Precision
//
// Two mistakes are possible, and they weigh differently. A fault that is
// missed makes a broken module pass; so every line that begins with the
// kernel's own `BUG: ` counts, known or not, and a `cut here` report whose
// head nobody knows is a [Warning]. A harmless line that is taken for a fault
// makes every run fail; so the heads are matched only where the kernel puts
// them, at the beginning of the line, and `WARNING: ` counts only in the forms
// of __warn() and lockdep: drivers write `WARNING: experimental` too.
//
// A stall is a kind of its own. An emulated guest on a busy host prints
// soft lockups and RCU stalls without any fault of a module.
//
// # Kernel versions
//
// The forms of 5.10 to 7.x are known, among them both of __warn(), which
// changed in 6.19 from `WARNING: CPU: 1 PID: 12 at FILE:LINE FUNCTION` to
// `WARNING: FILE:LINE at FUNCTION, CPU#1: COMM/12`, and `Oops: ` in front of
// every die line on x86, which came with 6.10. Reports of x86, arm64, arm, riscv
// and powerpc are told apart from other lines; those of x86 and User Mode
// Linux are proved on recordings (testdata/README.md).
package verdict
