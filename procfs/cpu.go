// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"
)

// CPU is what /proc/cpuinfo says of one CPU. Each architecture has fields of
// its own there, so they are asked for by name. What it holds is borrowed.
//
// Some architectures print a last block on the machine (Hardware, timebase):
// its Processor is -1.
type CPU struct {
	Processor int
	text      []byte
}

// Field is the value of a field: "model name", "cpu MHz", "BogoMIPS". ok is
// false when the kernel did not print it; one that is printed may be empty.
func (c *CPU) Field(name string) (value Text, ok bool) {
	for key, value := range c.Fields() {
		if string(key) == name {
			return value, true
		}
	}
	return nil, false
}

// Fields goes through the fields in the kernel's order.
func (c *CPU) Fields() iter.Seq2[Text, Text] {
	return func(yield func(key, value Text) bool) {
		for rest := c.text; len(rest) > 0; {
			var text []byte
			text, rest = line(rest)
			key, value, ok := bytes.Cut(text, []byte(":"))
			if ok && !yield(trimBlanks(key), trimBlanks(value)) {
				return
			}
		}
	}
}

// HasFlag reports whether the CPU has a feature, under the kernel's name: avx2
// of flags (x86), aes of Features (arm, arm64), dfp of features (s390).
func (c *CPU) HasFlag(name string) bool {
	for key, value := range c.Fields() {
		switch string(key) {
		case "flags", "Features", "features":
			r := row{b: value}
			for flag := r.text(); len(flag) > 0; flag = r.text() {
				if string(flag) == name {
					return true
				}
			}
		}
	}
	return false
}

// ParseCPUs goes through the text of /proc/cpuinfo. What a CPU holds is
// borrowed until the next turn. A block that is none is an error in its place,
// for which errors.Is finds [ErrMalformed]. It allocates for the loop, and for
// an error.
func ParseCPUs(b []byte) iter.Seq2[CPU, error] { return text(b, cpus) }

// cpus are blocks with an empty line behind each.
func cpus() parser[CPU] {
	return newBlocks(blocks[CPU]{
		starts: func(line []byte) bool { return len(trimBlanks(line)) == 0 },
		parse:  parseCPU,
		blank:  true,
	})
}

func parseCPU(b []byte) (c CPU, problem string) {
	c = CPU{Processor: -1, text: b}
	if number, ok := c.Field("processor"); ok {
		if n, ok := narrow[int](signed(number)); ok {
			c.Processor = n
		}
	}
	if bytes.IndexByte(b, ':') < 0 {
		return c, "no field"
	}
	return c, ""
}

// CPUs goes through /proc/cpuinfo. What a CPU holds is borrowed until the next
// turn. The errors in the loop are those of [Records].
func (f *FS) CPUs() iter.Seq2[CPU, error] { return table(f.Entry("cpuinfo"), everyKernel, cpus) }
