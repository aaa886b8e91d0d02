// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// ktop is the program: what is looked at, and what is shown of it.
type ktop struct {
	*options
	sampler *sampler
	machine *machine
	view    view
	table   table
}

// run is main. It returns the exit status: 0, 1 when something failed, 2 when
// it was called wrongly.
func run(args []string, out *os.File, complain io.Writer) int {
	o, err := parse(args, complain)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	k, err := open(o)
	if err == nil {
		defer k.close()
		if o.batch || o.once || !isTerminal(out) {
			err = k.print(ctx, out)
		} else {
			err = k.show(ctx)
		}
	}
	if err != nil {
		fmt.Fprintln(complain, "ktop:", err)
		return 1
	}
	return 0
}

func open(o *options) (*ktop, error) {
	s, err := newSampler(o.proc, o.fds)
	if err != nil {
		return nil, err
	}
	s.only = o.only
	return &ktop{
		options: o, sampler: s, machine: newMachine(s.proc),
		view: view{order: o.order, reverse: o.reverse, filter: o.filter, rows: o.rows},
	}, nil
}

func (k *ktop) close() {
	k.machine.close()
	k.sampler.close()
}

// look is one turn.
func (k *ktop) look() error {
	if err := k.sampler.look(); err != nil {
		return err
	}
	k.machine.look(k.sampler.at)
	return nil
}

// draw returns the table of the last turn.
func (k *ktop) draw(width int) []byte {
	k.view.choose(k.sampler)
	k.table.reset(width)
	k.table.draw(k.sampler, k.machine, &k.view)
	return k.table.buf
}

// print prints tables until ctx ends. The first look has no rates, so nothing
// is printed of it.
func (k *ktop) print(ctx context.Context, out io.Writer) error {
	if err := k.look(); err != nil {
		return err
	}
	for _, p := range k.sampler.all { // so that io has a rate, whoever is shown
		k.sampler.measure(p)
	}
	ticker := time.NewTicker(k.interval)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := k.look(); err != nil {
			return err
		}
		table := k.draw(0)
		if n > 0 {
			table = append(table, '\n')
		}
		if _, err := out.Write(table); err != nil {
			return err
		}
		if k.once {
			return nil
		}
	}
}
