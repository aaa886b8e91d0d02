// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"errors"
	"testing"

	"github.com/kernlink/kernlink/internal/sys"
)

// BenchmarkRing reads the machine's whole log, beside the same system calls
// with nothing around them.
func BenchmarkRing(b *testing.B) {
	b.Run("kmsg", func(b *testing.B) {
		l := openReal(b, nil)
		fd := -1
		if err := l.conn.Control(func(n uintptr) { fd = int(n) }); err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		records := 0
		for b.Loop() {
			if _, err := sys.Seek(fd, 0, sys.SeekSet); err != nil {
				b.Fatal(err)
			}
			l.known = false
			for rec, err := range l.Pending() {
				if err != nil || rec.Level > Debug {
					b.Fatal(err)
				}
				records++
			}
		}
		perRecord(b, records)
	})
	b.Run("read", func(b *testing.B) {
		fd, err := sys.Open(devicePath, sys.ReadOnly|sys.NonBlock)
		if err != nil {
			b.Skip(err)
		}
		defer sys.Close(fd)
		buf := make([]byte, firstBuffer)
		b.ReportAllocs()
		records := 0
		for b.Loop() {
			if _, err := sys.Seek(fd, 0, sys.SeekSet); err != nil {
				b.Fatal(err)
			}
			for {
				if _, err := sys.Read(fd, buf); err != nil {
					break
				}
				records++
			}
		}
		perRecord(b, records)
	})
}

func perRecord(b *testing.B, records int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(max(records, 1)), "ns/record")
}

func BenchmarkParse(b *testing.B) {
	for name, line := range map[string]string{
		"plain":  "6,297,426266,-;NET: Registered PF_INET6 protocol family\n",
		"device": "6,274,401051,-;virtio-pci 0000:00:01.0: enabling device (0000 -> 0002)\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n",
		"escape": `4,287,417475,-;amd_pstate: disabled by the BIOS.\x0aPlease enable it` + "\n",
	} {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, len(line))
			var rec Record
			b.ReportAllocs()
			for b.Loop() {
				copy(buf, line)
				if err := Parse(buf, &rec); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDevice(b *testing.B) {
	var rec Record
	err := Parse([]byte("6,1,2,-;x\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n"), &rec)
	b.ReportAllocs()
	for b.Loop() {
		if len(rec.Device()) == 0 {
			err = errors.New("no device")
		}
	}
	if err != nil {
		b.Fatal(err)
	}
}
