// SPDX-License-Identifier: Apache-2.0

// Kerneltest runs Go tests inside a stock Linux kernel in a virtual machine,
// with kernel modules of one's own.
//
// Usage:
//
//	kerneltest [flags] [packages] [-args ...]
//	kerneltest run [flags] program [arguments]
//	kerneltest prepare [flags]
//
// The first form is `go test` with another kernel below it: one boot runs the
// test binaries of all packages, each in its package's directory, and prints
// what `go test` would print, with its exit status. A line of the kernel's
// that no healthy kernel writes (a warning, an oops, a lockdep or KASAN
// report), a new taint, a module left loaded fail the package and name the
// test. See package [github.com/kernlink/kernlink/kerneltest] for what tests
// can ask for.
//
// The second form runs a main package, or an executable, in the guest. The
// third prepares the lanes and does no more.
//
// Flags of its own:
//
//	-lane NAME      the kernel: 6.1 (Debian 12, the default), 6.12, newest;
//	                several, separated by commas, one after the other
//	-kernel FILE    a kernel image of your own instead
//	-kdir DIR       the headers of that kernel, to build modules
//	-modules DIR    a folder of kernel modules (kbuild), or of such folders;
//	                may be repeated
//	-kmods A,B      modules of the kernel's own, with all they depend on
//	-tools A,B      programs of this machine for the guest, with libraries;
//	                ip, ss, ethtool and those of util-linux, procps and kmod
//	                come with the kernel where the machine lacks them
//	-files A,B      files or folders of this machine for the guest
//	-smp N          CPUs of the guest (2)
//	-memory MB      memory of the guest (computed from what is put into it)
//	-accel KIND     auto, tcg or kvm; auto takes KVM after a guest has
//	                answered under it, and software emulation otherwise
//	-qemu FILE      an emulator of your own instead of the fetched one
//	-append TEXT    more for the kernel's command line
//	-keep           a shell on the guest's console at the end
//	-update         ask the package archive for newer kernels first
//	-werror         a warning while a module is built is an error
//	-console        show the guest's console while it runs
//
// Flags of `go test` that it passes through: -run -skip -v -json -count
// -short -timeout -parallel -cpu -shuffle -failfast -bench -benchtime
// -benchmem -fuzz -fuzztime -list -fullpath -race -cover -covermode -coverpkg
// -coverprofile -tags -ldflags -gcflags -mod -modfile -overlay.
//
// A test package asks for what it needs in a comment of a test file:
//
//	//kerneltest:need modules=../mymodule kmods=dummy tools=ip,ss
//
// Kernels, their headers, compilers and QEMU come from Debian's packages and
// are unpacked into the user's cache folder ($KERNLINK_CACHE overrides it);
// nothing is installed and no root is needed. Other systems give a kernel of
// their own.
package main
