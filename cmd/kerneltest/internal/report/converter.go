// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// converter is go test -json: what go tool test2json makes of the stream.
type converter struct {
	pkg   string
	out   io.Writer
	cmd   *exec.Cmd
	in    io.WriteCloser
	feed  paper
	ended chan error // the reader's end

	err        io.Writer
	complaints bytes.Buffer // not at once into err: that may be the same as out
}

// patience is how long the converter may go on after its context has ended:
// what came before shall still be told.
const patience = 10 * time.Second

func startConverter(ctx context.Context, o Options, importPath string) (*converter, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := &converter{pkg: importPath, out: o.Out, err: o.Err, ended: make(chan error, 1)}
	c.cmd = exec.CommandContext(ctx, "go", "tool", "test2json", "-t", "-p", importPath)
	c.cmd.Stderr = &c.complaints
	c.cmd.Cancel = func() error { return os.ErrProcessDone } // its input ends, that is enough
	c.cmd.WaitDelay = patience
	// An interrupt from the terminal is the runner's to handle: it ends the
	// package, and that ends the converter.
	c.cmd.SysProcAttr = detached()
	in, err := c.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	events, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.cmd.Start(); err != nil {
		return nil, fmt.Errorf("go tool test2json: %w", err)
	}
	c.in, c.feed.w = in, in
	go func() { c.ended <- c.read(events) }()
	return c, nil
}

// event is the part of a test event that is looked at or written here.
type event struct {
	Time    *time.Time `json:",omitempty"`
	Action  string
	Package string   `json:",omitempty"`
	Test    string   `json:",omitempty"`
	Elapsed *float64 `json:",omitempty"`
	Output  string   `json:",omitempty"`
}

// read copies the events, but for the last one: whether the package passed is
// not the converter's to say.
func (c *converter) read(events io.Reader) error {
	in := bufio.NewReader(events)
	var failed error
	for {
		line, err := in.ReadBytes('\n')
		var e event
		if json.Unmarshal(line, &e) == nil && !e.final() && failed == nil {
			_, failed = c.out.Write(line)
		}
		if errors.Is(err, io.EOF) {
			return failed
		} else if err != nil {
			return errors.Join(failed, err)
		}
	}
}

func (e event) final() bool {
	return e.Test == "" && (e.Action == "pass" || e.Action == "fail" || e.Action == "skip")
}

func (e event) writeTo(w io.Writer) error {
	now := time.Now()
	e.Time = &now
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

func (c *converter) mark(m mark, _ *test) {
	io.WriteString(&c.feed, string(rune(marker))+m.line+"\n")
}

func (c *converter) text(_ *test, b []byte, _, _ bool) { c.feed.Write(b) }
func (c *converter) eager() bool                       { return true }

// say speaks in the converter's own language, so that the events come in order
// and belong to the test meant.
func (c *converter) say(s saying) {
	c.feed.finishLine()
	c.mark(mark{line: "=== NAME  " + s.about}, nil)
	io.WriteString(&c.feed, strings.ReplaceAll(s.lines, string(rune(marker)), ""))
	for _, name := range s.late {
		c.mark(mark{line: "--- FAIL: " + name + " (0.00s)"}, nil)
	}
	c.mark(mark{line: "=== NAME  " + s.back}, nil)
}

func (c *converter) end(e ending) error {
	if e.shown = e.line; !e.ok {
		e.shown = string(rune(marker)) + e.line
	}
	err := c.feed.close(e)
	if cerr := c.in.Close(); err == nil {
		err = cerr
	}
	if rerr := <-c.ended; rerr != nil {
		err = rerr
	}
	if werr := c.cmd.Wait(); werr != nil {
		err = fmt.Errorf("go tool test2json: %w", werr)
	}
	if c.err != nil && c.complaints.Len() > 0 {
		c.err.Write(c.complaints.Bytes())
	}
	action := "pass"
	if !e.ok {
		action = "fail"
	}
	return errors.Join(err, event{Action: action, Package: c.pkg, Elapsed: &e.elapsed}.writeTo(c.out))
}
