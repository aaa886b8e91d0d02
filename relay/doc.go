// SPDX-License-Identifier: Apache-2.0

// Package relay reads the channels in which the kernel hands out records as
// fast as it makes them: a buffer for each CPU, in a file of its own.
//
//	dbg, err := debugfs.Open(nil)
//	defer dbg.Close()
//	ch, err := relay.Open(dbg, "relay_ex/cpu", &relay.Options{DroppedFile: "relay_ex/dropped"})
//	defer ch.Close()
//	for rec, err := range relay.Merge(ctx, ch, decode) { // by time stamp
//		fmt.Println(rec.CPU, rec.Value.Seq)
//	}
//	n, err := ch.Dropped()
//
// # Choosing
//
// [Records] takes the CPUs one after the other, and is the quicker one. [Merge]
// puts the records of all CPUs into the order of their stamps, for which a
// record needs a method Timestamp. A reader for each CPU, on a thread of its
// own, opens a Channel for each with [Options.CPUs].
//
// Both take a [Decode] of the caller's, which knows the records: it is given
// bytes, and may lead into them. It is a pure function, so it can be tested
// and fuzzed without a kernel, and with [OpenAt] it reads what was saved.
//
// [Buffer.ReadInto] gives the bytes. [Buffer.Splice] saves them to a file
// without looking at them, and [Buffer.Map] reads them in place, where the
// module offers it; few do, and none that uses debugfs in the usual way.
//
// # Reading
//
// A read of nothing is not the end: there is none, as long as the channel is
// there. The kernel wakes a reader when a sub-buffer is full, and never for one
// that is partly filled; a read gives its records all the same. So the loops
// wait for the one and look for the other at an interval ([Options.Interval]).
// One thread does for all CPUs, and none is needed while a loop sleeps.
//
// To stop: stop the producer, in the module's own way, and call
// [Channel.Drain]. A loop then reads what is left and ends. No flush is needed
// for that, only for Splice and Map.
//
//	err = attr.Set(dbg.File("relay_ex/stop"), 1)
//	ch.Drain()
//
// # Losses
//
// A buffer that is full drops the new records, or the oldest, as the module has
// it. relay tells nobody. A module counts what it drops, mostly in a file, which
// is [Channel.Dropped]; one that overwrites counts nothing. A number in each
// record is what shows both.
//
// Three things are relay's own, since reading and writing know no lock, and
// cannot be helped from here. While the oldest records are being overwritten,
// what is read can be a mixture of old and new; stop first, then read. The same
// mixture comes about, seldom, when a channel that does not overwrite drops a
// record at the moment in which its buffer is read (seen on 6.1): a module
// avoids that by looking for room before it writes, as relay_ex does. And a
// module that reserves room and fills it afterwards (relay_reserve), as blktrace
// does, may be read in between. A Decode therefore looks at what it is given (a
// magic number, a length that can be), and returns an error: the loop goes on
// behind it.
//
// # Errors
//
// All are *kernlink.Error with Channel "relay", or "debugfs" when a file could
// not be opened. errors.Is finds [kernlink.ErrGone] when the channel went away
// (the module was unloaded, the trace torn down), which is noticed within a
// second; [io/fs.ErrNotExist] when there is none; [kernlink.ErrRestricted];
// [kernlink.ErrBusy] when another loop runs; [kernlink.ErrNotSupported] for
// Splice and Map; [ErrTooLong]; [io.ErrUnexpectedEOF];
// [io/fs.ErrClosed] after Close; the error of Decode, with the file's path.
//
// # Privileges
//
// Root's, as all of debugfs: relay makes its files 0400. Lockdown refuses them
// to root, too.
//
// # Kernel versions
//
// Linux 2.6.17 and newer with CONFIG_RELAY, which comes with what uses it
// (CONFIG_BLK_DEV_IO_TRACE). Splice was there until 6.7.
//
// The kernel's document is Documentation/filesystems/relay.rst; blktrace's
// records are in include/uapi/linux/blktrace_api.h.
package relay
