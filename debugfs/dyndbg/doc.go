// SPDX-License-Identifier: Apache-2.0

// Package dyndbg switches the kernel's debug messages on and off, while it
// runs: those of pr_debug, dev_dbg and their like, which are compiled in and
// silent.
//
//	ctl, err := dyndbg.Open(nil)
//	defer ctl.Close()
//	mine := dyndbg.Query{Module: "my_driver", Function: "my_*"}
//	n, err := ctl.Enable(mine, dyndbg.Print|dyndbg.FunctionName) // n call sites
//	for site, err := range ctl.Sites() {
//		fmt.Println(site.File, site.Line, site.Flags, site.Format)
//	}
//	n, err = ctl.Disable(mine, dyndbg.Print)
//
// # Choosing
//
// [Control.Enable] and [Control.Disable] add and remove flags of the call
// sites that a [Query] names, and [Control.Set] says exactly which they have.
// [Control.Sites] lists them all, and [Query.Match] picks from the list.
// [Control.Exec] is for a query in the kernel's own language. The messages go
// to the kernel log, at the level debug, where package kmsg reads them.
//
// A module's sites are there while it is loaded, and so are their flags. For
// what it says while it starts there is its parameter dyndbg ("dyndbg=+p").
// [OpenAt] on an ordinary file serves the tests of one's own code.
//
// # Queries
//
// All that a Query says must hold for a site. File, Function and Module may
// have "*" for any text and "?" for any character. What the kernel's language
// has no words for is refused before the kernel sees it, and so is the empty
// Query, which would name all call sites of the kernel: Module "*" does.
//
// Sites of a class (since 6.1) are named by queries with that Class, and by no
// others.
//
// # Errors
//
// All are *kernlink.Error with Channel "dyndbg". errors.Is finds
// [kernlink.ErrNotSupported] for a kernel without dynamic debug, and for a
// flag that it does not know; [kernlink.ErrRestricted] for who may not write;
// [io/fs.ErrInvalid] for a Query that has no text; [ErrMalformed] for a line
// that is no call site; EINVAL for a query that the kernel refuses, with the
// kernel's reasons, which errors.AsType[*dyndbg.LogError] finds. A query that
// names nothing is no error: the count is 0.
//
// # Privileges
//
// Everybody may list the sites where /proc is the way to them, which it is
// since 5.7; only root may change them. Lockdown does not close that way, and
// closes the older one in debugfs. The reasons of a refusal need the right to
// read the kernel log.
//
// # Kernel versions
//
// Linux 5.9 and newer with CONFIG_DYNAMIC_DEBUG. [SourceName] came with 6.4 or
// so, and [StackTrace] later; Class with 6.1.
//
// The rules are in Documentation/admin-guide/dynamic-debug-howto.rst in the
// kernel's sources.
package dyndbg
