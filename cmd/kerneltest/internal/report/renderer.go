// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"io"
	"strings"
)

// renderer writes one package in one of the forms that go test has.
type renderer interface {
	// mark takes a marked line and the test it is about, which may be nil.
	mark(m mark, t *test)
	// text takes output, and the test that wrote it if that is known.
	text(t *test, b []byte, start, logged bool)
	// eager tells whether text is wanted before its line is whole.
	eager() bool
	// say takes lines of the runner's own.
	say(s saying)
	// end takes the result line and ends the package.
	end(e ending) error
}

// saying is what the runner says of its own accord.
type saying struct {
	lines string
	about string   // the test meant, or ""
	late  []string // tests that fail by it after they had another result
	back  string   // the test that was speaking
}

// ending is how a package ended.
type ending struct {
	ok, fault bool
	cause     string // printed before the result line, "" for nothing
	silent    string // the same, if nothing else was printed
	line      string // "ok  \tpkg\t0.413s"
	shown     string // the same, in colour if that is wanted
	elapsed   float64
}

// paper is where text goes: it knows whether a line was left unfinished.
type paper struct {
	w     io.Writer
	any   bool
	open  bool // the last line has no end yet
	fault error
}

func (p *paper) Write(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	p.any, p.open = true, b[len(b)-1] != '\n'
	n, err := p.w.Write(b)
	if err != nil && p.fault == nil {
		p.fault = err
	}
	return n, err
}

// finishLine gives an unfinished line its end.
func (p *paper) finishLine() {
	if p.open {
		io.WriteString(p, "\n")
	}
}

// close writes what go test writes when a binary has ended.
func (p *paper) close(e ending) error {
	p.finishLine()
	if e.cause == "" && !p.any {
		e.cause = e.silent
	}
	if e.cause != "" {
		io.WriteString(p, e.cause+"\n")
	}
	io.WriteString(p, e.shown+"\n")
	return p.fault
}

// verbose is go test -v: everything, at once.
type verbose struct {
	paper
	last string // the test that the reader was last told of
}

func (v *verbose) mark(m mark, t *test) {
	switch {
	case m.kind == update && (m.verb == "NAME" || strings.HasPrefix(m.name, "Benchmark")):
		// Only a converter's reader needs these.
	case m.kind == update:
		v.last = m.name
		io.WriteString(v, m.line+"\n")
	case m.kind == result && t.parent != nil && !t.parent.done && !t.benchmark():
		t.parent.nest(t.block(m))
	case m.kind == result:
		v.last = m.name
		v.Write(t.block(m))
	default:
		io.WriteString(v, m.line+"\n")
	}
}

func (v *verbose) text(t *test, b []byte, start, logged bool) {
	if logged && start && !t.benchmark() && v.last != t.name {
		v.last = t.name
		io.WriteString(v, "=== NAME  "+t.name+"\n")
	}
	v.Write(b)
}

func (v *verbose) eager() bool { return true }

func (v *verbose) say(s saying) {
	v.finishLine()
	io.WriteString(v, s.lines)
}

func (v *verbose) end(e ending) error { return v.close(e) }

// quiet is go test without -v: of a package that failed what its tests printed
// and the results of those that failed, of another nothing but the last line.
// Streaming, as go test does for benchmarks, nothing is held back.
type quiet struct {
	paper
	out    io.Writer
	held   *bytes.Buffer // nil when streaming
	said   string        // the runner's lines, for the end
	passAt int           // where in held the binary said that all is well
	passed bool
}

func newQuiet(out io.Writer, stream bool) *quiet {
	q := &quiet{out: out}
	if q.w = out; !stream {
		q.held = &bytes.Buffer{}
		q.w = q.held
	}
	return q
}

func (q *quiet) mark(m mark, t *test) {
	switch {
	case m.kind == verdict && m.verb == "PASS" && q.held != nil:
		q.passAt, q.passed = q.held.Len(), true
		fallthrough
	case m.kind == verdict || m.kind == note:
		io.WriteString(q, m.line+"\n")
	case m.kind == update && t != nil:
		t.echo = m.verb == "RUN" && t.benchmark()
	case m.kind == result && m.verb != "FAIL":
		t.log = nil
	case m.kind == result && t.parent != nil && !t.parent.done && !t.benchmark():
		t.parent.nest(t.block(m))
	case m.kind == result:
		q.Write(t.block(m))
	}
}

func (q *quiet) text(t *test, b []byte, _, logged bool) {
	switch {
	case logged && t.benchmark() && len(t.log) > longestText:
		// It logs in every round, and only the beginning is shown.
	case logged:
		t.log = append(t.log, b...)
	case t != nil && t.echo && string(b) == t.name+"\n":
		t.echo = false
	default:
		q.Write(b)
		if t != nil && t.benchmark() && len(t.log) > 0 {
			q.benchLog(t, b)
		}
	}
}

// benchLog shows what a benchmark logged, which package testing does below its
// result, the first ten lines.
func (q *quiet) benchLog(t *test, line []byte) {
	name := benchLine.FindSubmatch(line)
	if name == nil {
		return
	}
	const most = 10
	if lines := bytes.SplitAfterN(t.log, []byte("\n"), most+1); len(lines) > most {
		t.log = append(bytes.TrimSuffix(bytes.Join(lines[:most], nil), []byte("\n")), "\n\t... [output truncated]\n"...)
	}
	q.Write(t.block(mark{line: "--- BENCH: " + string(name[1])}))
}

func (q *quiet) eager() bool { return false }

func (q *quiet) say(s saying) {
	for _, name := range s.late {
		// Its own result was a pass and is not shown.
		s.lines = "--- FAIL: " + name + " (by the verdict below, which came after its end)\n" + s.lines
	}
	if q.held != nil {
		q.said += s.lines
		return
	}
	q.finishLine()
	io.WriteString(q, s.lines)
}

func (q *quiet) end(e ending) error {
	if q.held == nil {
		return q.close(e)
	}
	if e.ok {
		q.held.Reset()
	} else if e.fault && q.passed {
		// It is no pass any more.
		rest := append([]byte(nil), q.held.Bytes()[q.passAt+len("PASS\n"):]...)
		q.held.Truncate(q.passAt)
		q.held.Write(rest)
	}
	if q.said != "" {
		q.finishLine()
		io.WriteString(q, q.said)
	}
	q.close(e)
	_, err := q.out.Write(q.held.Bytes())
	return err
}
