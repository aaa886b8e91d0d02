// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command bench measures kernlink beside C and beside other Go libraries, in
// one run on one machine, and writes the table of docs/speed.md:
//
//	make bench
//
// Each row of the table is a file here. What C does (c/*.c) is only what the
// kernel demands, and the same decoding: that is the limit. A row is measured
// in rounds; in a round each way has several short turns, interleaved, with C
// first and last. Time is time on a CPU, so that what else runs on
// the machine does not count. The ratio to C is taken round by round, and its median has
// a 95 % interval from the order statistics. A row falls short when the whole
// interval lies above the row's figure. Before anything is measured, all the
// ways of a row must have read the same.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"
)

// bench is one run.
type bench struct {
	processes int
	rounds    int
	turns     int
	time      time.Duration // what a way has in a round

	herd *herd // once a row has asked for it
}

// rows are the lines of the table.
func rows() []row {
	return []row{
		scanRow(),
		keptRow(),
		sysfsRow(),
		sysctlRow(),
		statusRow(),
		meminfoRow(),
		vmstatRow(),
		mountinfoRow(),
		modinfoRow(),
		kmsgRow(),
	}
}

func main() {
	b := &bench{turns: 4}
	flag.IntVar(&b.processes, "processes", 1000, "how many sleeping processes there are to scan")
	flag.IntVar(&b.rounds, "rounds", 9, "how many rounds each row has, 7 at least")
	flag.DurationVar(&b.time, "time", 120*time.Millisecond, "what each way has in a round")
	only := flag.String("rows", "", "only the rows whose name matches this")
	page := flag.String("o", "", "the page to write, too")
	flag.Parse()
	if err := b.run(*only, *page); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(only, page string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	if b.rounds < 7 {
		return fmt.Errorf("%d rounds say too little: 7 at least", b.rounds)
	}
	defer b.close()
	m := thisMachine()
	fmt.Println(m)
	var all []result
	for _, r := range rows() {
		if !pattern.MatchString(r.name) {
			continue
		}
		res := b.measure(r)
		fmt.Print(res.text())
		all = append(all, res)
	}
	if page == "" {
		return nil
	}
	return os.WriteFile(page, []byte(b.page(m, all)), 0o644)
}

func (b *bench) close() error {
	if b.herd == nil {
		return nil
	}
	return b.herd.close()
}
