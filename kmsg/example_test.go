// SPDX-License-Identifier: Apache-2.0

package kmsg_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmsg"
)

// The whole log, as dmesg prints it.
func ExampleLog_Pending() {
	log, err := kmsg.Open(nil)
	if errors.Is(err, kernlink.ErrRestricted) {
		fmt.Println(err) // the hint says what is missing
		return
	}
	defer log.Close()
	for rec, err := range log.Pending() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(rec)
	}
}

// What is logged from here on, with losses noted.
func ExampleLog_All() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()

	log, err := kmsg.Open(&kmsg.Options{From: kmsg.Now})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close()
	for rec, err := range log.All(ctx) {
		if gap, ok := errors.AsType[*kmsg.Gap](err); ok {
			fmt.Println("lost", gap.Lost, "records")
			continue
		}
		if err != nil {
			break // the time is over
		}
		fmt.Println(rec.Time, rec.Level, rec.Text, rec.Device())
	}
}

// A capture of /dev/kmsg, without the device.
func ExampleSplit() {
	f, err := os.Open("testdata/boot.kmsg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	sc := bufio.NewScanner(f)
	sc.Split(kmsg.Split)
	var rec kmsg.Record
	for sc.Scan() {
		if err := kmsg.Parse(sc.Bytes(), &rec); err != nil {
			fmt.Println(err)
			continue
		}
		if string(rec.Subsystem()) == "virtio" {
			fmt.Println(rec.Level, rec)
		}
	}
	// Output:
	// info [    0.413532] virtio_blk virtio1: 1/0/0 default/read/poll queues
	// notice [    0.414526] virtio_blk virtio1: [vda] 536870912 512-byte logical blocks (275 GB/256 GiB)
}

func ExampleParse() {
	line := []byte("6,274,401051,-,caller=T1;virtio-pci 0000:00:01.0: enabling device\n" +
		" SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n")
	var rec kmsg.Record
	if err := kmsg.Parse(line, &rec); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rec.Sequence, rec.Time, rec.Facility, rec.Level, rec.Caller)
	fmt.Println(rec.Text)
	for key, value := range rec.Fields() {
		fmt.Println(key, "is", value)
	}
	// Output:
	// 274 401.051ms kern info T1
	// virtio-pci 0000:00:01.0: enabling device
	// SUBSYSTEM is pci
	// DEVICE is +pci:0000:00:01.0
}

func ExampleDevice() {
	fmt.Println(kmsg.Device("+pci:0000:00:01.0").Name())
	fmt.Println(kmsg.Device("b8:16").Block())
	fmt.Println(kmsg.Device("n2").Interface())
	// Output:
	// pci 0000:00:01.0 true
	// 8 16 true
	// 2 true
}

// A mark in the log, in order with what the kernel says.
func ExampleWriter() {
	w, err := kmsg.OpenWriter(&kmsg.WriterOptions{Facility: kmsg.Daemon})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	err = w.Write(kmsg.Info, "before the module is loaded")
	fmt.Println(err)
}
