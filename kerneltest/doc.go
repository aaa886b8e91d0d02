// SPDX-License-Identifier: Apache-2.0

// Package kerneltest lets ordinary Go tests run inside a stock Linux kernel
// in a virtual machine, against kernel modules of one's own.
//
// The command of the same name boots the kernel and runs the tests in it:
//
//	go get -tool github.com/kernlink/kernlink/cmd/kerneltest
//	go tool kerneltest -modules ./mymodule ./...
//
// A test package says in its TestMain that it wants to be watched, and its
// tests say what they need:
//
//	//kerneltest:need modules=../mymodule kmods=dummy tools=ip
//
//	func TestMain(m *testing.M) { kerneltest.Main(m) }
//
//	func TestFirst(t *testing.T) {
//		kerneltest.Load(t, "mymodule", map[string]any{"size": 4})
//		...
//	}
//
// The comment, anywhere in a test file, puts modules, modules of the kernel's
// own, programs and files into the guest, as the command's flags do. Load
// loads a module and unloads it when the test ends, Log returns what the
// kernel logged meanwhile, and Require skips a test on a host and fails it in
// a guest that lacks something.
//
// Plain `go test` works on the same packages: what needs the guest is skipped.
//
// # Verdict
//
// What the kernel says counts. A warning, an oops, a BUG, a report of
// lockdep, KASAN, KCSAN or UBSAN, a new taint, a module left loaded fail the
// package, and the report names the tests that ran at that moment; so do a
// file descriptor and a goroutine that a test leaves behind. A line about a
// stall (soft lockup, RCU stall, hung task) is a verdict of its own, since an
// emulated machine that starves prints it too: it fails the run and is never
// tried again in silence. After a panic or a hang the report shows the end of
// the console.
//
// Single tests can be named when they do not run in parallel; see [Main].
//
// # Privileges
//
// The command needs none: kernels, compilers and the emulator are unpacked
// into the user's cache folder. In the guest, tests run as root.
//
// # Kernel versions
//
// Debian's stock kernels: 6.1 (Debian 12), 6.12 and the newest that Debian
// offers, or any kernel of your own with -kernel and -kdir.
package kerneltest
