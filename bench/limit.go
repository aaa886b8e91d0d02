// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed c
var sources embed.FS

// The files that every limit program is built with.
var shared = []string{"loop.c", "stat.c"}

// program is a running C program that is driven over its standard input and
// output, and ends when this process does.
type program struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// limit is the way that does only what the kernel demands, in C.
func (b *bench) limit(name string, args ...string) way {
	return way{"C", func() (worker, error) { return b.start(name, shared, args...) }}
}

// limitOfThreads is the same in C with a second thread, as each program in Go
// has: what a ratio to C cannot be below.
func (b *bench) limitOfThreads(name string, args ...string) way {
	return way{"C, two threads", func() (worker, error) {
		return b.start(name, shared, append([]string{"threads"}, args...)...)
	}}
}

// start compiles c/NAME.c, runs it and removes the file again.
func (b *bench) start(name string, with []string, args ...string) (*program, error) {
	dir, err := os.MkdirTemp("", "kernlink-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := os.CopyFS(dir, sources); err != nil {
		return nil, err
	}
	bin := filepath.Join(dir, name)
	gcc := exec.Command("gcc", append([]string{"-O2", "-Wall", "-pthread", "-o", bin, name + ".c"}, with...)...)
	gcc.Dir = filepath.Join(dir, "c")
	if out, err := gcc.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cannot compile c/%s.c: %w\n%s", name, err, out)
	}
	return launch(exec.Command(bin, args...))
}

func launch(cmd *exec.Cmd) (*program, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &program{cmd, in, bufio.NewReader(out)}, nil
}

func (p *program) run(n int) (sample, error) {
	var ns int64
	var s sample
	if _, err := fmt.Fprintf(p.in, "run %d\n", n); err != nil {
		return s, p.died(err)
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return s, p.died(err)
	}
	if _, err := fmt.Sscan(line, &ns, &s.items); err != nil {
		return s, err
	}
	if s.items == 0 {
		return s, errors.New("the work in C came to nothing")
	}
	s.time = time.Duration(ns)
	return s, nil
}

func (p *program) show() (facts, error) {
	if _, err := io.WriteString(p.in, "show\n"); err != nil {
		return nil, p.died(err)
	}
	var text strings.Builder
	for {
		line, err := p.out.ReadString('\n')
		if err != nil {
			return nil, p.died(err)
		}
		if line == ".\n" {
			return parseFacts(text.String()), nil
		}
		text.WriteString(line)
	}
}

func (p *program) died(err error) error { return fmt.Errorf("the program in C has ended: %w", err) }

func (p *program) close() error {
	p.in.Close()
	return p.cmd.Wait()
}
