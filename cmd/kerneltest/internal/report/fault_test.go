// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// script plays a package: strings are its output, with ^ for the marker.
func script(t *testing.T, o Options, res Result, steps ...any) (string, *Report) {
	t.Helper()
	if o.JSON {
		needGo(t)
	}
	var out bytes.Buffer
	o.Out = &out
	r := New(o)
	p, err := r.Start(context.Background(), "example.org/m/stress")
	require.NoError(t, err)
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			_, err := p.Write([]byte(strings.ReplaceAll(step, "^", "\x16")))
			require.NoError(t, err)
		case Fault:
			p.Fault(step)
		case func(*Package):
			step(p)
		}
	}
	res.Elapsed = 410 * time.Millisecond
	require.NoError(t, p.Done(res))
	require.NoError(t, p.Done(res), "a second Done does nothing")
	return normalise(out.String()), r
}

var warning = Fault{
	Kind:  "WARNING",
	Text:  "WARNING at mymodule.c:88 (see console)",
	Tests: []string{"TestUnload"},
	Lines: []string{"[    5.1] WARNING: CPU: 0 PID: 88 at mymodule.c:88\n", "[    5.1] Call Trace:"},
}

const (
	verdictLines = "FAIL example.org/m/stress   TestUnload: WARNING at mymodule.c:88 (see console)\n" +
		"    [    5.1] WARNING: CPU: 0 PID: 88 at mymodule.c:88\n" +
		"    [    5.1] Call Trace:\n"
	begins = "^=== RUN   TestFine\n^--- PASS: TestFine (0.00s)\n^=== NAME  \n^=== RUN   TestUnload\n    x_test.go:3: loaded\nprinted\n"
	ends   = "^--- PASS: TestUnload (0.10s)\n^=== NAME  \n^PASS\n"
)

func TestFaultFailsTheTestThatRanAndThePackage(t *testing.T) {
	out, r := script(t, Options{}, Result{}, begins, warning, ends)
	require.Equal(t, "printed\n--- FAIL: TestUnload (T)\n    x_test.go:3: loaded\nFAIL\n"+verdictLines+"FAIL\texample.org/m/stress\tT\n", out)
	require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Passed: 1, Failed: 1}, r.Counts())
	require.Equal(t, []Failure{{"example.org/m/stress", "TestUnload", "WARNING at mymodule.c:88 (see console)"}}, r.Failures())
}

func TestFaultIsPrintedAtOnceWhenVerbose(t *testing.T) {
	out, _ := script(t, Options{Verbose: true}, Result{}, begins+"half a li", warning, "ne\n", ends)
	require.Equal(t, "=== RUN   TestFine\n--- PASS: TestFine (T)\n=== RUN   TestUnload\n    x_test.go:3: loaded\nprinted\nhalf a li\n"+
		verdictLines+"ne\n--- FAIL: TestUnload (T)\nFAIL\nFAIL\texample.org/m/stress\tT\n", out)
}

func TestFaultAfterTheTestHasPassed(t *testing.T) {
	for _, when := range [][]any{{begins, ends, warning}, {begins + strings.TrimSuffix(ends, "^PASS\n"), warning, "^PASS\n"}} {
		out, r := script(t, Options{}, Result{}, when...)
		require.True(t, strings.HasSuffix(out, verdictLines+"FAIL\texample.org/m/stress\tT\n"), out)
		require.NotContains(t, out, "PASS")
		require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Passed: 1, Failed: 1}, r.Counts())
	}
}

func TestFaultOfNoTest(t *testing.T) {
	leak := Fault{Kind: "leaked fd", Text: "2 fds left open"}
	out, r := script(t, Options{Color: true}, Result{}, begins, ends, leak)
	require.Equal(t, "printed\n\x1b[31mFAIL\x1b[0m example.org/m/stress   leaked fd: 2 fds left open\n\x1b[31mFAIL\x1b[0m\texample.org/m/stress\t0.410s\n", out)
	require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Passed: 2, Failed: 1}, r.Counts())
	require.Equal(t, []Failure{{"example.org/m/stress", "", "leaked fd: 2 fds left open"}}, r.Failures())
}

func TestFaultOfASubtestFailsItsParents(t *testing.T) {
	_, r := script(t, Options{}, Result{}, "^=== RUN   TestA\n^=== RUN   TestA/b\n", Fault{Kind: "oops", Tests: []string{"TestA/b"}},
		"^--- PASS: TestA/b (0.00s)\n^=== NAME  TestA\n^--- PASS: TestA (0.00s)\n^PASS\n")
	require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Failed: 1}, r.Counts())
	require.Equal(t, []Failure{{"example.org/m/stress", "TestA/b", "oops"}}, r.Failures())
}

// Whether the verdict comes before the test's end or after is the kernel log's
// chance: the reader sees the test fail either way.
func TestFaultShowsTheTestAsFailedHoweverLateItComes(t *testing.T) {
	for name, steps := range map[string][]any{"running": {begins, warning, ends}, "late": {begins, ends, warning}} {
		out, _ := script(t, Options{}, Result{}, steps...)
		require.Regexp(t, `(?m)^--- FAIL: TestUnload \(`, out, name)
		require.NotContains(t, out, "--- FAIL: TestFine")
	}
}

func TestFaultInEvents(t *testing.T) {
	for name, steps := range map[string][]any{"running": {begins, warning, ends}, "late": {begins, ends, warning}} {
		t.Run(name, func(t *testing.T) {
			out, _ := script(t, Options{JSON: true, Color: true}, Result{}, steps...)
			var verdict string
			last := map[string]string{}
			for _, e := range events(t, out) {
				if e.Action == "output" && e.Test == "TestUnload" && (verdict != "" || strings.HasPrefix(e.Output, "FAIL ")) && !strings.HasPrefix(e.Output, "---") {
					verdict += e.Output
				}
				if e.Action == "pass" || e.Action == "fail" {
					last[e.Test] = e.Action
				}
			}
			require.Equal(t, verdictLines, verdict)
			require.Equal(t, map[string]string{"TestFine": "pass", "TestUnload": "fail", "": "fail"}, last)
		})
	}
}

func TestStreamThatBreaksOffKeepsWhatCame(t *testing.T) {
	steps := []any{"^=== RUN   TestA\n^=== RUN   TestA/b\n    x_test.go:3: about to\nmid li", "ne and ^--- PAS"}
	died := Result{Exit: -1, Died: "the guest died: Kernel panic - not syncing: Fatal exception"}

	out, r := script(t, Options{}, died, steps...)
	require.Equal(t, "mid line and --- PAS\n--- FAIL: TestA (T)\n    --- FAIL: TestA/b (T)\n        x_test.go:3: about to\n"+
		"        the guest died: Kernel panic - not syncing: Fatal exception\n"+
		"the guest died: Kernel panic - not syncing: Fatal exception\nFAIL\texample.org/m/stress\tT\n", out)
	require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Failed: 1}, r.Counts())
	require.Equal(t, []Failure{{"example.org/m/stress", "TestA/b", "the guest died: Kernel panic - not syncing: Fatal exception"}}, r.Failures())

	out, _ = script(t, Options{Verbose: true}, died, steps...)
	require.Contains(t, out, "mid line and --- PAS\n    the guest died")
	require.Contains(t, out, "--- FAIL: TestA (T)\n    --- FAIL: TestA/b (T)\nthe guest died")

	out, _ = script(t, Options{JSON: true}, died, steps...)
	last := map[string]string{}
	for _, e := range events(t, out) {
		last[e.Test] = e.Action
	}
	require.Equal(t, map[string]string{"TestA": "fail", "TestA/b": "fail", "": "fail"}, last)
}

func TestPackageThatDidNotRun(t *testing.T) {
	for _, json := range []bool{false, true} {
		out, r := script(t, Options{JSON: json}, Result{NotRun: true, Died: "the guest died before"})
		require.Contains(t, out, `FAIL`)
		require.Contains(t, out, `example.org/m/stress [not run: the guest died before]`)
		require.Equal(t, Counts{Packages: 1, PackagesFailed: 1, Failed: 1}, r.Counts())
	}
}

func TestRunningNamesWhatRuns(t *testing.T) {
	running := func(want ...string) func(*Package) {
		return func(p *Package) {
			t.Helper()
			require.Equal(t, want, p.Running())
			require.Equal(t, want, p.report.Running("example.org/m/stress"))
		}
	}
	script(t, Options{}, Result{}, running(),
		"^=== RUN   TestA\n", running("TestA"),
		"^=== RUN   TestA/b\n^=== PAUSE TestA/b\n^=== NAME  TestA\n", running(),
		"^=== CONT  TestA/b\n", running("TestA/b"),
		"^=== RUN   TestA/b/c\n", running("TestA/b/c"),
		"^--- PASS: TestA/b/c (0.00s)\n", running("TestA/b"),
		"^--- PASS: TestA/b (0.00s)\n^--- PASS: TestA (0.00s)\n^=== NAME  \n", running(),
		"^=== RUN   BenchmarkX\nBenchmarkX\n", running("BenchmarkX"),
		"BenchmarkX-2  \t  10\t  5 ns/op\n^=== NAME  \n^=== RUN   BenchmarkY\nBenchmarkY\n", running("BenchmarkY"),
		"^PASS\n", running())
}

func TestReasonsAreOneLine(t *testing.T) {
	for _, c := range []struct{ name, out, want string }{
		{"last words", "    x_test.go:1: info\n    x_test.go:2: got 1\n        want 2\n", "got 1"},
		{"assertion", "    x_test.go:1: \n        \tError Trace:\t/x_test.go:1\n        \t            \t\t/y_test.go:2\n        \tError:      \tNot equal: \n        \t            \texpected: 1\n        \t            \tactual  : 2\n        \t            \t\n        \t            \tDiff:\n        \tTest:       \tTestUnload\n        \tMessages:   \tthe value\n    x_test.go:9: cleaned up\n",
			"the value: Not equal: expected: 1 actual : 2"},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := script(t, Options{}, Result{Exit: 1}, "^=== RUN   TestA\n"+c.out+"^--- FAIL: TestA (0.00s)\n^=== NAME  \n^FAIL\n")
			require.Equal(t, []Failure{{"example.org/m/stress", "TestA", c.want}}, r.Failures())
		})
	}
	_, r := script(t, Options{}, Result{Exit: 2}, "^=== RUN   TestA\n^--- FAIL: TestA (0.00s)\npanic: boom [recovered]\n\ngoroutine 1\n")
	require.Equal(t, "panic: boom [recovered]", r.Failures()[0].Reason)
	_, r = script(t, Options{}, Result{Exit: 1}, "^=== RUN   ExampleA\n^--- FAIL: ExampleA (0.00s)\ngot:\n1\nwant:\n2\n^=== NAME   \n^FAIL\n")
	require.Equal(t, "got: 1 want: 2", r.Failures()[0].Reason)
	_, r = script(t, Options{Bench: true}, Result{Exit: 1}, "^=== RUN   FuzzA\nfuzz: elapsed: 0s, minimizing\n^--- FAIL: FuzzA (0.06s)\n    --- FAIL: FuzzA (0.00s)\n        z_test.go:3: x\n        z_test.go:3: bad\n    \n    To re-run:\n^=== NAME  \n^FAIL\n")
	require.Equal(t, "bad", r.Failures()[0].Reason)
	_, r = script(t, Options{}, Result{Exit: 3}, "^=== RUN   TestA\n")
	require.Equal(t, []Failure{{"example.org/m/stress", "TestA", "exit status 3"}}, r.Failures())
	_, r = script(t, Options{}, Result{}, "^=== RUN   TestA\n    x_test.go:2: needs CAP_SYS_ADMIN\n^--- SKIP: TestA (0.00s)\n^PASS\n")
	require.Equal(t, []Skip{{"example.org/m/stress", "TestA", "needs CAP_SYS_ADMIN"}}, r.Skips())
}

func TestOutputThatNeverEndsALineIsNotKept(t *testing.T) {
	r := New(Options{Verbose: true, Out: discard{}})
	p, err := r.Start(context.Background(), "x")
	require.NoError(t, err)
	for range 1000 {
		_, err := p.Write(bytes.Repeat([]byte("\x16\x16 noise"), 400))
		require.NoError(t, err)
		_, err = p.Write(bytes.Repeat([]byte{' '}, 4000))
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(p.split.pending), longestText+8000)
	require.NoError(t, p.Done(Result{}))
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func TestErrorsOfTheWriterComeFromDone(t *testing.T) {
	needGo(t)
	for _, o := range []Options{{}, {Verbose: true}, {JSON: true}} {
		o.Out = brokenWriter{}
		p, err := New(o).Start(context.Background(), "x")
		require.NoError(t, err)
		_, err = p.Write([]byte("\x16=== RUN   TestA\nx\n"))
		require.NoError(t, err)
		require.ErrorIs(t, p.Done(Result{}), os.ErrClosed)
		_, err = p.Write(nil)
		require.Error(t, err)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, os.ErrClosed }

func ExampleReport_Summary() {
	r := New(Options{Out: discard{}})
	fine, _ := r.Start(context.Background(), "example.org/mymodule/client")
	fmt.Fprint(fine, "\x16=== RUN   TestA\n\x16--- PASS: TestA (0.01s)\n\x16PASS\n")
	fine.Done(Result{Elapsed: 410 * time.Millisecond})

	stress, _ := r.Start(context.Background(), "example.org/mymodule/stress")
	fmt.Fprint(stress, "\x16=== RUN   TestUnload\n")
	stress.Fault(Fault{Kind: "WARNING", Text: "WARNING at mymodule.c:88", Tests: stress.Running()})
	fmt.Fprint(stress, "\x16--- PASS: TestUnload (0.01s)\n\x16PASS\n")
	stress.Done(Result{Elapsed: 520 * time.Millisecond})

	r.NoTests("example.org/mymodule/cmd")
	r.Summary(os.Stdout)
	// Output:
	// packages: 1 ok, 1 failed, 1 without tests
	//   example.org/mymodule/stress  TestUnload  WARNING at mymodule.c:88
	// 1 passed, 1 failed, 0 skipped
}

// FuzzPackage holds that nothing panics on any stream, and that it does not
// matter how a stream is cut.
func FuzzPackage(f *testing.F) {
	f.Add([]byte(strings.ReplaceAll(begins+ends, "^", "\x16")), 7)
	f.Add([]byte("\x16=== RUN   TestA\nabc\x16--- FAIL: TestA (0.00s)\npanic: x\n"), 1)
	f.Add([]byte("\x16=== RUN   A\n\x16=== RUN   A/b\n\x16--- PASS: A (0s)\n\x16--- PASS: A/b (0s)\n\x16=== NAME  A\n    a.go:1: x\n"), 3)
	f.Add([]byte("\x16=== RUN   BenchmarkA\nBenchmarkA\n    a_test.go:1: x\nBenchmarkA-2 \t 1\t 1 ns/op\n\x16=== NAME  \n\x16PASS\n"), 5)
	f.Add([]byte("\x16--- FAIL: ExampleA (0.00s)\n\x16FAIL\nprinted after all\n"), 9)
	f.Add([]byte{marker, marker, '\n', marker, ' ', 0xff}, 2)
	f.Fuzz(func(t *testing.T, stream []byte, piece int) {
		piece = max(piece, 1)
		var whole, cut string
		for _, o := range []Options{{}, {Bench: true}, {Verbose: true}} {
			for _, size := range []int{len(stream) + 1, piece} {
				var out bytes.Buffer
				o.Out = &out
				p, _ := New(o).Start(t.Context(), "x")
				for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
					p.Write(rest[:min(size, len(rest))])
					p.Running()
				}
				p.Fault(Fault{Kind: "x", Tests: []string{"A/b", "TestA"}})
				p.Done(Result{Exit: 1, Died: "gone"})
				whole, cut = cut, out.String()
			}
			if !o.Verbose && normalise(whole) != normalise(cut) {
				t.Errorf("%+v: the pieces matter:\n%q\n%q", o, whole, cut)
			}
		}
	})
}
