// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/qemu"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// probeTime is how long a guest may take to answer under KVM; one that works
// needs less than a second.
const probeTime = 6 * time.Second

// useKVM decides what -accel means here. That /dev/kvm exists proves nothing:
// on some machines it never starts a guest. Only a guest that has answered
// does, so one is booted; the answer holds until the machine restarts.
func (b *bench) useKVM(ctx context.Context, l *lane.Lane) (bool, error) {
	switch b.o.accel {
	case "tcg":
		return false, nil
	case "kvm":
		if err := b.probeKVM(ctx, l); err != nil {
			return false, fmt.Errorf("-accel kvm: %w: use -accel tcg", err)
		}
		return true, nil
	}
	f, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0)
	if err != nil {
		return false, nil
	}
	f.Close()
	memo := filepath.Join(b.cache.Dir(), "kvm")
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return false, nil
	}
	id := strings.TrimSpace(string(boot))
	if text, err := os.ReadFile(memo); err == nil {
		if known, answer, _ := strings.Cut(strings.TrimSpace(string(text)), " "); known == id {
			return answer == "works", nil
		}
	}
	b.line.Step("looking whether KVM starts a guest")
	answer := "works"
	if err := b.probeKVM(ctx, l); err != nil {
		if ctx.Err() != nil {
			return false, context.Cause(ctx)
		}
		answer = "fails"
	}
	return answer == "works", os.WriteFile(memo, []byte(id+" "+answer+"\n"), 0o644)
}

// probeKVM boots a guest that has nothing to do but answer.
func (b *bench) probeKVM(ctx context.Context, l *lane.Lane) error {
	initrd := filepath.Join(b.work, "initrd-probe")
	size, err := b.writeImage(ctx, initrd, guestFiles{lane: l})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, probeTime, errors.New("no guest answered under KVM"))
	defer cancel()
	err = b.runGuest(ctx, qemu.Config{
		Command: b.qemu.Args, Kernel: l.Kernel, Initrd: initrd,
		CPUs: 1, Memory: b.o.memoryFor(size), KVM: true,
	}, silentHandler{})
	return err
}

type silentHandler struct{}

func (silentHandler) frame(wire.Frame) error { return nil }
