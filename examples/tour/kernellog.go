// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmsg"
)

func kernelLog() stage.Chapter {
	return stage.Chapter{
		Title:    "The kernel log",
		Packages: "kmsg",
		Steps:    []stage.StepFunc{introduce, readAll, askDevices, writeAndFollow, writeTooMuch},
	}
}

// Who is there?
//
// The kernel introduces itself at the beginning of its log.
func introduce(ctx context.Context, tour *stage.Step) error {
	log, err := kmsg.Open(nil) // from the oldest record that is still there
	if err != nil {
		return err
	}
	defer log.Close()
	var first kmsg.Record
	err = log.ReadInto(ctx, &first)
	if err != nil {
		return err
	}
	tour.Show(first.Sequence, first.Level, first.Text)
	return nil
}

// Read the whole log.
//
// Pending ends when it has caught up; it never waits.
func readAll(ctx context.Context, tour *stage.Step) error {
	log, err := kmsg.Open(nil)
	if err != nil {
		return err
	}
	defer log.Close()
	var records, warnings int
	var last time.Duration // since boot
	for rec, err := range log.Pending() {
		if err != nil {
			return err
		}
		records++
		if rec.Level <= kmsg.Warn { // the smaller, the more important
			warnings++
		}
		last = rec.Time
	}
	tour.Show(records, warnings, last)
	return nil
}

// Which device is a record about?
//
// Drivers say it in the dictionary of the record. A uevent that does not exist makes the
// kernel complain about a device:
func askDevices(ctx context.Context, tour *stage.Step) error {
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return err
	}
	defer log.Close()
	err = os.WriteFile("/sys/class/mem/null/uevent", []byte("kernlink"), 0)
	tour.Refused(err, syscall.EINVAL)
	for rec, err := range log.Pending() {
		if err != nil {
			return err
		}
		if rec.Device() != nil {
			tour.Show(rec.Subsystem(), rec.Device(), rec.Text)
		}
	}
	return nil
}

// Write a record, and see it come back.
//
// All waits for what comes, until its context ends or the loop is left.
func writeAndFollow(ctx context.Context, tour *stage.Step) error {
	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		return err
	}
	defer log.Close()
	w, err := kmsg.OpenWriter(nil)
	if err != nil {
		return err
	}
	defer w.Close()
	err = w.Write(kmsg.Notice, "tour: hello, kernel")
	if err != nil {
		return err
	}
	for rec, err := range log.All(ctx) {
		if err != nil {
			return err
		}
		if rec.Facility == kmsg.User { // somebody in user space wrote it
			tour.Show(rec.Level, rec.Facility, rec.Text)
			break
		}
	}
	return nil
}

// What the kernel would not store whole is refused.
func writeTooMuch(ctx context.Context, tour *stage.Step) error {
	w, err := kmsg.OpenWriter(nil)
	if err != nil {
		return err
	}
	defer w.Close()
	err = w.Write(kmsg.Info, strings.Repeat("too much ", 200))
	tour.Refused(err, syscall.EINVAL)
	return nil
}
