// SPDX-License-Identifier: Apache-2.0

// Package debugfs reads and writes what modules and subsystems show for
// debugging in /sys/kernel/debug.
//
//	fs, err := debugfs.Open(nil)
//	defer fs.Close()
//	count, err := attr.Get[uint32](fs.File("debugfs_ex/u32"))
package debugfs
