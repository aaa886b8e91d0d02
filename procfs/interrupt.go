// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"
	"iter"

	"github.com/kernlink/kernlink/internal/decimal"
)

// Interrupt is a line of /proc/interrupts or /proc/softirqs. All that it holds
// is borrowed.
type Interrupt struct {
	// Name is the number of an interrupt line ("24"), or what the kernel
	// calls one that has none ("NMI", "TIMER").
	Name Text

	// Counts are how often it came, by CPU; CPUs are the numbers of these.
	// ERR and MIS have one count, of all CPUs together.
	CPUs   []int
	Counts []uint64

	// Info is the rest of the line, which each architecture has in its own
	// way: the interrupt controller, and the names of the drivers. A soft
	// interrupt has none.
	Info Text
}

// IRQ is the number of an interrupt line. ok is false for one that has none.
func (i *Interrupt) IRQ() (n int, ok bool) { return narrow[int](signed(i.Name)) }

// Total is how often it came on all CPUs together.
func (i *Interrupt) Total() uint64 {
	n := uint64(0)
	for _, c := range i.Counts {
		n += c
	}
	return n
}

// ParseInterrupts goes through the text of /proc/interrupts or
// /proc/softirqs. What an Interrupt holds is borrowed until the next turn. A
// line that is none is an error in its place, for which errors.Is finds
// [ErrMalformed]. It allocates for the heading, and for an error.
func ParseInterrupts(b []byte) iter.Seq2[Interrupt, error] { return text(b, interrupts) }

func interrupts() parser[Interrupt] { return new(interruptParser).rows() }

// interruptParser remembers the heading, which says whose the columns are.
type interruptParser struct {
	headed bool
	cpus   []int
	counts []uint64
}

func (p *interruptParser) rows() rows[Interrupt] {
	return func(b []byte) (v Interrupt, ok bool, problem string) {
		if !p.headed {
			p.headed = true
			return v, false, p.heading(b)
		}
		v, problem = p.interrupt(b)
		return v, true, problem
	}
}

func (p *interruptParser) heading(b []byte) (problem string) {
	for r := (row{b: b}); ; {
		name := r.text()
		if len(name) == 0 {
			return ""
		}
		number, ok := bytes.CutPrefix(name, []byte("CPU"))
		cpu, ok1 := narrow[int](signed(number))
		if !ok || !ok1 {
			return "a heading that is not of CPUs"
		}
		p.cpus = append(p.cpus, cpu)
		p.counts = append(p.counts, 0)
	}
}

func (p *interruptParser) interrupt(b []byte) (v Interrupt, problem string) {
	name, rest, ok := bytes.Cut(b, []byte(":"))
	if !ok {
		return v, "a line without a colon"
	}
	n := 0
	for n < len(p.counts) {
		number, after := word(rest)
		count, ok := decimal.Parse(number)
		if !ok {
			break // ERR has one, and no text behind it
		}
		p.counts[n], rest = count, after
		n++
	}
	if n == 0 {
		return v, "no number"
	}
	return Interrupt{Name: trimBlanks(name), CPUs: p.cpus[:n], Counts: p.counts[:n], Info: trimBlanks(rest)}, ""
}

// Interrupts goes through /proc/interrupts. What an Interrupt holds is
// borrowed until the next turn. It has the CPUs that are online.
//
// It is no snapshot. The errors in the loop are those of [Records]. It
// allocates for the loop, and nothing for an interrupt.
func (f *FS) Interrupts() iter.Seq2[Interrupt, error] {
	return table(f.Entry("interrupts"), everyKernel, interrupts)
}

// Softirqs goes through /proc/softirqs as [FS.Interrupts] does. It has all
// CPUs that may ever be online.
func (f *FS) Softirqs() iter.Seq2[Interrupt, error] {
	return table(f.Entry("softirqs"), everyKernel, interrupts)
}
