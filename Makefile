# SPDX-License-Identifier: Apache-2.0
#
# Everything a developer needs is fetched and unpacked into the user's cache
# folder by the first run; nothing is installed. See CONTRIBUTING.md.
#
#   make demo       the tour: talk to a live kernel
#   make test       all tests, on the host and inside the kernels of KERNELS
#   make test-long  what takes longer: the race detector, repetitions
#   make fuzz T=10m every fuzz target for that long
#   make bench      beside C and other libraries; writes docs/speed.md
#   make update     ask the package archive for newer kernels
#   make help       this list and the variables
#
# Variables:
#
#   KERNELS  lanes to test: 6.1 (the default), 6.12, newest
#   KERNEL   a kernel image of your own instead of a lane
#   KDIR     that kernel's headers or build folder, to build modules
#   QEMU     an emulator of your own instead of the fetched one
#   T        how long each fuzz target runs

KERNELS ?= 6.1
KERNEL  ?=
KDIR    ?=
QEMU    ?=
T       ?= 10m

export KERNELS KERNEL KDIR QEMU T

.PHONY: demo test test-long fuzz bench update prepare help

demo:
	@scripts/kerneltest run ./examples/tour

test:
	@scripts/test

test-long:
	@scripts/test long

fuzz:
	@scripts/fuzz $(T)

bench:
	@scripts/bench

prepare:
	@scripts/kerneltest prepare

update:
	@scripts/kerneltest prepare -update

help:
	@sed -n 's/^#\( \|$$\)//p' Makefile | tail -n +2
