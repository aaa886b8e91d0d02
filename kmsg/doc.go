// SPDX-License-Identifier: Apache-2.0

// Package kmsg reads and writes the kernel log through /dev/kmsg: what
// dmesg(1) shows, record by record, with the sequence number, the level, the
// facility, the time and the device that each record is about.
//
//	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
//	defer log.Close()
//	for rec, err := range log.All(ctx) {
//		fmt.Println(rec.Time, rec.Level, rec.Text, rec.Device())
//	}
//
// # Choosing
//
// [Log.Pending] ends when it has caught up: with From All it is the whole log
// that the kernel still holds; opened at Now before an action and drained after it, it is
// what the kernel said meanwhile (anybody's lines: the log is one for the
// whole machine). [Log.All] goes on and waits. [Log.ReadInto] is for a loop
// of one's own. [Parse] and [Split] do without the device, for bytes that
// were captured elsewhere.
//
// A [Writer] puts records into the log, which is the place to leave a mark
// that has to stand in order with the kernel's own lines, or to say something
// before there is any other log.
//
// The kernel's ring buffer is small (often 128 or 256 KiB) and lasts only as
// long as the kernel. For the history, and for what services wrote to syslog,
// there is the journal. Modules whose lines are compiled in and switched off
// (pr_debug) are switched on through dynamic debug.
//
// # Order and loss
//
// Every record has the number after the one before it, continuation records
// too. Each reader has a position of its own and disturbs no other. A reader
// that is slower than the ring is overtaken: that is a [Gap] in the sequence,
// an error in its place between two records, after which the loop goes on.
//
// A message that was printed without a newline at its end is not in the log
// yet: the kernel keeps it open for a continuation, and shows it to readers
// when the next message, of anybody, closes it. A module whose last printk
// lacks the "\n" thus seems to be one message behind.
//
// # Time
//
// [Record.Time] is the printk clock: since boot, without the time that the
// machine was suspended, and not corrected by NTP. There is no exact way from
// it to the time of day, so this package offers none.
//
// # Errors
//
// All errors are *kernlink.Error with Channel "kmsg". errors.Is finds
// [kernlink.ErrRestricted] (the Hint names what forbids it),
// [kernlink.ErrNotSupported] (no such device here), [fs.ErrClosed] after
// Close, the context's error when a context ended a wait, and [ErrMalformed]
// for what is no record. errors.AsType[*kmsg.Gap] finds a loss. The loops go
// on after a Gap and after ErrMalformed, and end after any other error.
//
// # Privileges
//
// Reading needs CAP_SYSLOG where the sysctl kernel.dmesg_restrict is 1, as it
// is by default on Debian; else read permission on /dev/kmsg is enough.
// Writing needs write permission, which only root has as a rule. With
// kernel.printk_devkmsg "off", nobody can open the device at all. A container
// has no /dev/kmsg unless it was given one, and sees the host's log in it.
//
// # Kernel versions
//
// Linux 3.5 and newer with CONFIG_PRINTK. Since 5.10 the dictionary holds
// SUBSYSTEM and DEVICE and nothing else; [Record.Caller] is there with
// CONFIG_PRINTK_CALLER (5.1). Since 6.3 the kernel cuts a record at 2048
// bytes in its escaped form, the dictionary included, before at 8192.
//
// The format is Documentation/ABI/testing/dev-kmsg in the kernel's sources.
package kmsg
