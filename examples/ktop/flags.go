// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// options are what the caller chose.
type options struct {
	interval    time.Duration
	rows        int
	order       order
	reverse     bool
	filter      *filter
	only        map[int]bool
	batch, once bool
	fds         int
	proc        string
}

// spare are the descriptors that are not for processes.
const spare = 64

// parse reads the command line. It has said what is wrong with it.
func parse(args []string, complain io.Writer) (*options, error) {
	o := &options{order: orders[0]}
	flags := flag.NewFlagSet("ktop", flag.ContinueOnError)
	flags.SetOutput(complain)
	flags.DurationVar(&o.interval, "d", time.Second, "the `interval` between two tables")
	flags.IntVar(&o.rows, "n", 0, "how many `rows`; 0: as many as there are, or fit the terminal")
	flags.Func("s", "sort by this `order`: "+orderNames()+" (default cpu)", func(name string) (err error) {
		o.order, err = orderOf(name)
		return err
	})
	flags.BoolVar(&o.reverse, "r", false, "the other way round")
	flags.Func("f", "only what has this `word` or regular expression in its command", func(text string) error {
		o.filter = filterOf(text)
		return nil
	})
	flags.Func("p", "only the processes with these `numbers`: 1,4711", func(list string) (err error) {
		o.only, err = numbers(list)
		return err
	})
	flags.BoolVar(&o.batch, "b", false, "print a table at each interval, without terminal control")
	flags.BoolVar(&o.once, "once", false, "print one table after one interval, and end")
	flags.IntVar(&o.fds, "fds", defaultFDs(), "how many `descriptors` to use; 0: keep no process open")
	flags.StringVar(&o.proc, "proc", "/proc", "the `folder` of another procfs")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if problem := o.wrong(flags.Args()); problem != "" {
		fmt.Fprintln(complain, "ktop:", problem)
		return nil, errors.New(problem)
	}
	return o, nil
}

func (o *options) wrong(rest []string) string {
	switch {
	case len(rest) > 0:
		return fmt.Sprintf("what is %q? Numbers of processes are -p, words are -f", rest[0])
	case o.interval < 10*time.Millisecond:
		return "-d: the kernel counts in hundredths of a second, so 10ms is the least"
	case o.rows < 0, o.fds < 0:
		return "-n and -fds are not negative"
	}
	return ""
}

func numbers(list string) (map[int]bool, error) {
	only := map[int]bool{}
	for text := range strings.SplitSeq(list, ",") {
		pid, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || pid <= 0 {
			return nil, fmt.Errorf("%q is not the number of a process", text)
		}
		only[pid] = true
	}
	return only, nil
}

// defaultFDs is what the limit leaves. The Go runtime has raised it as far as
// it may.
func defaultFDs() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return max(0, int(min(limit.Cur, 1<<20))-spare)
}
