// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

// Options says where to play.
type Options struct {
	Out    io.Writer
	Color  bool
	Source fs.FS // the Go files that the steps are declared in
}

// stepTime is how long a step may wait. What waits in the kernel itself ends
// with the guest.
const stepTime = 20 * time.Second

// show is one run of the tour.
type show struct {
	page   *page
	source fs.FS
	kernel kernel

	chapters, steps int
	failures        []failure
}

// Run plays chapters, and reports whether all of them went as they should: a
// step that fails ends its chapter, and the next one begins. The error is that
// of writing the page.
func Run(ctx context.Context, o Options, chapters []Chapter) (bool, error) {
	return play(ctx, o, live{}, chapters)
}

func play(ctx context.Context, o Options, k kernel, chapters []Chapter) (bool, error) {
	s := &show{page: newPage(o.Out, o.Color), source: o.Source, kernel: k}
	s.welcome()
	for i, c := range chapters {
		s.chapter(ctx, i+1, c)
	}
	s.summary()
	s.page.flush()
	return len(s.failures) == 0, s.page.err
}

func (s *show) welcome() {
	s.page.line()
	s.page.heading("", strong, "kernlink: a conversation with the kernel, channel by channel")
	s.page.heading("", faint, "The Go below is the source that runs, without its “if err != nil { return err }”.")
}

func (s *show) chapter(ctx context.Context, n int, c Chapter) {
	s.chapters++
	number := fmt.Sprint(n)
	s.page.line()
	s.page.rule(number, c.Title, c.Packages)
	s.page.flush()
	defer s.page.flush()
	for _, m := range c.Modules {
		if !s.kernel.has(m) {
			s.fail(number, c.Title, fmt.Errorf("the module %s is not in the guest: give its folder with -modules, or its name with -kmods if it is the kernel's own", m))
			s.left(c.Steps)
			return
		}
	}
	before, err := s.kernel.loaded()
	if err != nil {
		s.fail(number, c.Title, err)
		s.left(c.Steps)
		return
	}
	ok := true
	for i, fn := range c.Steps {
		if ok = s.step(ctx, fmt.Sprintf("%d.%d", n, i+1), fn); !ok {
			s.left(c.Steps[i+1:])
			break
		}
	}
	s.tidy(number, c.Title, before, ok)
}

// left says that steps are left out: they stand on the one that failed.
func (s *show) left(steps []StepFunc) {
	s.steps += len(steps)
	if len(steps) > 0 {
		s.page.speak("", plain, []line{{{faint, "left out: " + count(len(steps), "step")}}})
	}
}

// tidy unloads what the chapter left. A chapter that went well leaves nothing.
func (s *show) tidy(number, title string, before []string, ok bool) {
	left, err := sweep(s.kernel, before)
	if err == nil && ok && len(left) > 0 {
		err = fmt.Errorf("it left modules loaded, unloaded now: %s", strings.Join(left, ", "))
	}
	if err != nil {
		s.fail(number, title, err)
	} else if len(left) > 0 {
		s.page.speak("", plain, []line{{{faint, "unloaded: " + strings.Join(left, ", ")}}})
	}
}

func (s *show) step(ctx context.Context, number string, fn StepFunc) bool {
	s.steps++
	defer s.page.flush()
	s.page.line()
	src, err := findSource(s.source, fn)
	if err != nil {
		return s.fail(number, "", err)
	}
	s.page.heading(number, strong, src.title())
	for _, text := range src.comment() {
		s.page.heading("", plain, text)
	}
	var code []line
	for _, l := range src.excerpt() {
		code = append(code, highlight(l))
	}
	s.page.speak("go", function, code)
	s.page.flush()

	heard, err := s.kernel.listen()
	if err != nil {
		return s.fail(number, src.title(), err)
	}
	step := &Step{source: src}
	err = run(ctx, fn, step)
	records, logErr := heard()
	s.page.voices(step.shown)
	var lines []line
	for _, rec := range records {
		lines = append(lines, logged(rec)...)
	}
	s.page.speak("log", stamp, lines)
	if err == nil {
		err = step.silent()
	}
	if err = errors.Join(err, logErr); err != nil {
		return s.fail(number, src.title(), err)
	}
	return true
}

// run calls a step. A panic is its failure: the rest of the tour goes on, and
// what is loaded gets unloaded.
func run(ctx context.Context, fn StepFunc, step *Step) (err error) {
	ctx, cancel := context.WithTimeout(ctx, stepTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
		err = errors.Join(err, step.err)
	}()
	return fn(ctx, step)
}
