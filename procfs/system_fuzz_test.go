// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
	"maps"
	"os"
	"strings"
	"testing"
)

// seedKernels adds a file of each kernel that it was captured from.
func seedKernels(f *testing.F, names ...string) {
	for _, b := range capturedFiles(names...) {
		f.Add(b)
	}
}

// seedLines adds the lines of such files.
func seedLines(f *testing.F, names ...string) {
	for _, b := range capturedFiles(names...) {
		n := 0
		for line := range bytes.Lines(b) {
			if f.Add(line); n > 8 {
				break
			}
			n++
		}
	}
}

func capturedFiles(names ...string) (all [][]byte) {
	for _, name := range names {
		for _, version := range captured {
			if b, err := os.ReadFile("testdata/" + version + "/" + name); err == nil {
				all = append(all, b)
			}
		}
	}
	return all
}

// drain goes through a table and looks at the errors.
func drain[T any](t *testing.T, items iter.Seq2[T, error], look func(T)) {
	for v, err := range items {
		if !refused(t, err) {
			look(v)
		}
	}
}

// A struct that was used before makes no difference, and the values are those
// that package strings finds.
func FuzzParseMeminfo(f *testing.F) {
	seedKernels(f, "meminfo")
	used := Meminfo{}
	f.Fuzz(func(t *testing.T, b []byte) {
		var m Meminfo
		err := ParseMeminfo(b, &m)
		again := ParseMeminfo(b, &used)
		if (again == nil) != (err == nil) || m != used {
			t.Fatal(err, again)
		}
		if refused(t, err) {
			return
		}
		for field, value := range m.fields() {
			if !m.Has(MeminfoField(field)) && *value != 0 {
				t.Fatal("a field that was not printed")
			}
		}
	})
}

func FuzzParseSystemStat(f *testing.F) {
	seedKernels(f, "stat")
	used := SystemStat{}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s SystemStat
		err := ParseSystemStat(b, &s)
		if again := ParseSystemStat(b, &used); (again == nil) != (err == nil) {
			t.Fatal(err, again)
		}
		if !refused(t, err) && (len(s.CPUs) != len(used.CPUs) || s.Total != used.Total || len(s.CPUs) > bytes.Count(b, []byte("cpu"))) {
			t.Fatal("the struct of before shows")
		}
	})
}

func FuzzParseLoadAvg(f *testing.F) {
	seedKernels(f, "loadavg")
	f.Fuzz(func(t *testing.T, b []byte) { refused(t, ParseLoadAvg(b, new(LoadAvg))) })
}

func FuzzParseUptime(f *testing.F) {
	seedKernels(f, "uptime")
	f.Fuzz(func(t *testing.T, b []byte) {
		var u Uptime
		if !refused(t, ParseUptime(b, &u)) && (u.Up < 0 || u.Idle < 0) {
			t.Fatal("a time before the start")
		}
	})
}

func FuzzParsePressure(f *testing.F) {
	seedKernels(f, "pressure/cpu", "pressure/memory", "pressure/io")
	f.Fuzz(func(t *testing.T, b []byte) {
		var p Pressure
		if !refused(t, ParsePressure(b, &p)) && p.Some.Total|p.Full.Total < 0 {
			t.Fatal("a time below zero")
		}
	})
}

// fuzzCounters holds one that knows the names to one that does not, and both
// to package strings.
func fuzzCounters(f *testing.F, name string, parse func([]byte, *Counters) error) {
	used := Counters{}
	f.Fuzz(func(t *testing.T, b []byte) {
		var c Counters
		err := parse(b, &c)
		if again := parse(b, &used); (again == nil) != (err == nil) {
			t.Fatal(err, again)
		}
		if refused(t, err) {
			return
		}
		want := maps.Collect(c.All())
		if again := parse(b, &used); again != nil || !maps.Equal(maps.Collect(used.All()), want) {
			t.Fatal("with the names known it is another", again)
		}
		for name := range want {
			if _, ok := c.Value(name); !ok {
				t.Fatalf("%q is there and is not", name)
			}
		}
		if strings.ContainsFunc(string(b), func(r rune) bool { return r > '~' || r < '\t' || r == '\v' || r == '\f' || r == '\r' }) || len(want) != c.Len() {
			return // package strings has other blanks, and a name may come twice
		}
		if name == "vmstat" && !maps.Equal(want, countersByHand(name, string(b))) {
			t.Fatal(want, countersByHand(name, string(b)))
		}
	})
}

func FuzzParseVmstat(f *testing.F) {
	seedKernels(f, "vmstat", "net/snmp6")
	fuzzCounters(f, "vmstat", ParseVmstat)
}

func FuzzParseSNMP(f *testing.F) {
	seedKernels(f, "net/snmp", "net/netstat")
	fuzzCounters(f, "net/snmp", ParseSNMP)
}

func FuzzParseSockstat(f *testing.F) {
	seedKernels(f, "net/sockstat", "net/sockstat6")
	fuzzCounters(f, "net/sockstat", ParseSockstat)
}

func FuzzParseInterrupts(f *testing.F) {
	seedKernels(f, "interrupts", "softirqs")
	f.Fuzz(func(t *testing.T, b []byte) {
		drain(t, ParseInterrupts(b), func(v Interrupt) {
			if len(v.Counts) == 0 || len(v.Counts) != len(v.CPUs) {
				t.Fatal(v)
			}
		})
	})
}

func FuzzParseZones(f *testing.F) {
	seedKernels(f, "zoneinfo")
	f.Fuzz(func(t *testing.T, b []byte) {
		drain(t, ParseZones(b), func(z Zone) {
			z.NodeValue("nr_dirty")
			if free, ok := z.Value("free"); ok && free != z.Free {
				t.Fatal(free, z.Free)
			}
		})
	})
}

func FuzzParseCPUs(f *testing.F) {
	seedKernels(f, "cpuinfo")
	f.Fuzz(func(t *testing.T, b []byte) {
		drain(t, ParseCPUs(b), func(c CPU) { c.HasFlag("x") })
	})
}

// The text is as it was, and what was unescaped has no more escapes of the
// kernel's than were doubled.
func FuzzParseMount(f *testing.F) {
	seedLines(f, "mounts")
	var m Mount
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		if !refused(t, ParseMount(b, &m)) && len(m.Source)+len(m.Target)+len(m.Type)+len(m.Options) > len(b) {
			t.Fatal("longer than the text")
		}
		if !bytes.Equal(before, b) {
			t.Fatal("it writes to what it reads")
		}
	})
}

func FuzzParseMountInfo(f *testing.F) {
	seedLines(f, "mountinfo")
	f.Add([]byte(`36 35 98:0 /mnt1\040x /mnt2 rw master:1 propagate_from:2 unbindable shared:3 - ext3 /dev/ro\134ot rw`))
	var m MountInfo
	f.Fuzz(func(t *testing.T, b []byte) {
		before := bytes.Clone(b)
		if !refused(t, ParseMountInfo(b, &m)) {
			// What is escaped again and read again is the same.
			escape := func(b Text) string {
				return strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`, "#", `\043`).Replace(string(b))
			}
			if got := string(unmangle([]byte(escape(m.Target)))); got != m.Target.String() {
				t.Fatalf("%q is %q", m.Target, got)
			}
		}
		if !bytes.Equal(before, b) {
			t.Fatal("it writes to what it reads")
		}
	})
}

func FuzzParseSwap(f *testing.F) {
	seedLines(f, "swaps")
	var s Swap
	f.Fuzz(func(t *testing.T, b []byte) { refused(t, ParseSwap(b, &s)) })
}

func FuzzParseBuddy(f *testing.F) {
	seedLines(f, "buddyinfo")
	var v Buddy
	f.Fuzz(func(t *testing.T, b []byte) {
		if !refused(t, ParseBuddy(b, &v)) {
			v.Pages()
		}
	})
}

// FuzzParseLines has all the tables of which a line is a record and fills no
// memory of the caller's.
func FuzzParseLines(f *testing.F) {
	seedLines(f, "diskstats", "partitions", "slabinfo", "filesystems", "modules", "kallsyms", "keys", "key-users",
		"net/dev", "net/tcp", "net/tcp6", "net/udp", "net/udp6", "net/unix", "net/route")
	f.Fuzz(func(t *testing.T, b []byte) {
		within := func(err error, parts ...Text) {
			if refused(t, err) {
				return
			}
			for _, part := range parts {
				if !bytes.Contains(b, part) {
					t.Fatalf("%q is not in the line", part)
				}
			}
		}
		disk, err := ParseDisk(b)
		within(err, disk.Name)
		partition, err := ParsePartition(b)
		within(err, partition.Name)
		slab, err := ParseSlab(b)
		within(err, slab.Name)
		fs, err := ParseFilesystem(b)
		within(err, fs.Name)
		module, err := ParseModule(b)
		within(err, module.Name, module.State, module.Taint)
		for user := range module.Users() {
			within(err, user)
		}
		symbol, err := ParseSymbol(b)
		within(err, symbol.Name, symbol.Module)
		key, err := ParseKey(b)
		within(err, key.Flags, key.Timeout, key.Type, key.Description)
		_, err = ParseKeyUser(b)
		within(err)
		dev, err := ParseNetDev(b)
		within(err, dev.Name)
		tcp, err := ParseTCP(b)
		within(err)
		if udp, udpErr := ParseUDP(b); err == nil && udpErr == nil && udp.Local != tcp.Local {
			t.Fatal(udp, tcp)
		}
		unix, err := ParseUnixSocket(b)
		within(err, unix.Path)
		route, err := ParseRoute(b)
		within(err, route.Interface)
		if err == nil && !route.Destination.IsValid() {
			t.Fatal(route)
		}
	})
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("CONFIG_PSI=y\n# CONFIG_A is not set\n"))
	f.Add([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x73\xf6\xf7\x73\xf3\x74\x8f\x0f\x0e\xf6\xb4\xad\xe4\x02\x00\x3e\x5c\x3c\x51\x0d\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseConfig(b)
		if !refused(t, err) && c.Len() == 0 {
			t.Fatal("a configuration of nothing")
		}
	})
}
