// SPDX-License-Identifier: Apache-2.0

// Package reference holds the source of kernlink's reference kernel modules:
// small modules in C, one for each channel between user space and the kernel,
// that stand on the other side of the Go packages in their examples and tests.
//
// Each is one folder of kbuild: NAME/NAME.c, whose first comment says which
// files or sockets appear and what to try from the shell, and a Makefile. They
// build without warnings on Linux 6.1 to 7.3. Their licence is GPL-2.0-only,
// unlike the Go code's.
//
//	configfs_ex  items, groups and links of every kind in configfs
//	debugfs_ex   a file of every kind in debugfs, and debug messages
//	echo         says its parameters to the kernel log
//	fault        makes the kernel fail on request; only for a virtual machine
//	gpio_pwm     pulse width modulation: made in configfs, run in sysfs
//	params       one module parameter of every type
//	procfs       a text and a list of records in /proc
//	relay_ex     numbered records in a relay channel
//	sysctl_ex    sysctls of every kind, one of which notifies
//	sysfs_bus    a bus with devices that come and go, and a driver
//	sysfs_ex     attributes of every kind in /sys/fs
//	trace_ex     an event of its own, for tracefs
//
// To build one by hand: make -C kmod/reference/echo KDIR=/lib/modules/$(uname -r)/build
package reference
