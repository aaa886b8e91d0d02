// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The tests of this file compare with what the go command itself prints for
// the packages in testdata/golden.txt.

var goldenPackages = []string{"bench", "boom", "exits", "idle", "inner", "mixed", "none", "order", "passes", "strange"}

// needGo skips where there is no go command, as in a guest: this package works
// on the host.
func needGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command here: run it on the host with go test")
	}
}

// unpackGolden writes the module of the golden packages and builds its tests.
func unpackGolden(t *testing.T) (dir string) {
	t.Helper()
	text, err := os.ReadFile("testdata/golden.txt")
	require.NoError(t, err)
	dir = t.TempDir()
	for part := range strings.SplitSeq(string(text), "\n-- ") {
		name, body, ok := strings.Cut(part, " --\n")
		if !ok {
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(body), 0o644))
	}
	goRun(t, dir, "test", "-vet=off", "-c", "-o", "bin/", "-ldflags=-s -w", "./...")
	goRun(t, dir, "test", "-vet=off", "-c", "-o", "bin/cover/", "-ldflags=-s -w", "-cover", "./passes")
	return dir
}

func goRun(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "GO111MODULE=on")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && args[0] == "test" && !slices.Contains(args, "-c")) {
		require.NoError(t, err, errs.String())
	}
	return out.String()
}

// runBinary runs a test binary as the runner in the guest does.
func runBinary(t *testing.T, dir, name string, args ...string) ([]byte, int) {
	t.Helper()
	bin := "bin"
	if slices.Equal(args, []string{"cover"}) {
		bin, args = "bin/cover", nil
	}
	cmd := exec.Command(filepath.Join(dir, bin, name+".test"), append([]string{"-test.v=test2json", "-test.paniconexit0"}, args...)...)
	cmd.Dir = filepath.Join(dir, name)
	out, err := cmd.CombinedOutput()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return out, exit.ExitCode()
	}
	require.NoError(t, err)
	return out, 0
}

// render reports a stream in pieces of the given size.
func render(t *testing.T, o Options, name string, stream []byte, exit, piece int) (string, *Report) {
	t.Helper()
	var out bytes.Buffer
	o.Out, o.Err = &out, &out
	r := New(o)
	if name == "none" {
		require.NoError(t, r.NoTests("example.org/golden/none"))
		return out.String(), r
	}
	p, err := r.Start(context.Background(), "example.org/golden/"+name)
	require.NoError(t, err)
	for b := range slices.Chunk(stream, piece) {
		_, err := p.Write(b)
		require.NoError(t, err)
	}
	require.NoError(t, p.Done(Result{Exit: exit, Elapsed: 123 * time.Millisecond}))
	require.Empty(t, r.Running("example.org/golden/"+name))
	return out.String(), r
}

var normal = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`\(\d+\.\d\ds\)`), "(T)"},
	{regexp.MustCompile(`(?m)^((?:ok  |FAIL)\t\S+\t)\d+\.\d+s`), "${1}T"},
	{regexp.MustCompile(`0x[0-9a-f]+|\{0x[^}]*\}|goroutine \d+`), "X"},
	{regexp.MustCompile(`(?m)^(Benchmark\S+ *\t) *\d+\t *[0-9.]+ ns/op`), "${1}N ns/op"},
	{regexp.MustCompile(` *\d+ B/op\t *\d+ allocs/op`), "N B/op\tN allocs/op"},
	{regexp.MustCompile(`\(\.\.\.\)|\{[^{}\n]*\.\.\.\}`), "ARGS"},
	{regexp.MustCompile(`_testmain.go:\d+`), "_testmain.go:N"},
}

func normalise(s string) string {
	for _, n := range normal {
		s = n.from.ReplaceAllString(s, n.to)
	}
	return s
}

// byPackage cuts what go test prints for several packages at the result
// lines.
func byPackage(out string) map[string]string {
	ends := regexp.MustCompile(`(?m)^(?:ok  |FAIL|\?   )\texample.org/golden/(\S+).*\n`)
	parts, from := map[string]string{}, 0
	for _, loc := range ends.FindAllStringSubmatchIndex(out, -1) {
		parts[out[loc[2]:loc[3]]] = out[from:loc[1]]
		from = loc[1]
	}
	return parts
}

func TestTextIsWhatGoTestPrints(t *testing.T) {
	needGo(t)
	dir := unpackGolden(t)
	for _, mode := range []struct {
		name string
		opts Options
		args []string
		bin  []string // "cover": the binary built so
		pkgs []string
	}{
		{"default", Options{}, nil, nil, goldenPackages},
		{"verbose", Options{Verbose: true}, []string{"-v"}, nil, goldenPackages},
		{"cover", Options{}, []string{"-cover"}, []string{"cover"}, []string{"passes"}},
		{"bench", Options{Bench: true}, []string{"-bench=.", "-benchtime=100x", "-count=2"}, []string{"-test.bench=.", "-test.benchtime=100x", "-test.count=2"}, []string{"bench"}},
		{"bench verbose", Options{Bench: true, Verbose: true}, []string{"-bench=.", "-benchtime=100x", "-v"}, []string{"-test.bench=.", "-test.benchtime=100x"}, []string{"bench"}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			args := []string{"test", "-count=1", "-vet=off", "-p=1"}
			for _, name := range mode.pkgs {
				mode.args = append(mode.args, "./"+name)
			}
			want := byPackage(goRun(t, dir, append(args, mode.args...)...))
			for _, name := range mode.pkgs {
				require.Contains(t, want, name)
				for _, piece := range []int{1 << 20, 7} {
					require.Equal(t, normalise(want[name]), normalise(matching(t, dir, mode.opts, name, want[name], piece, mode.bin)), "%s in pieces of %d bytes", name, piece)
				}
			}
		})
	}
	t.Run("json", func(t *testing.T) { testJSON(t, dir) })
}

// matching runs and renders a package. Which of two parallel tests goes on
// first is up to the scheduler, so that package runs until it did as it did
// under go test.
func matching(t *testing.T, dir string, o Options, name, want string, piece int, args []string) string {
	t.Helper()
	for try := 0; ; try++ {
		var stream []byte
		var exit int
		if name != "none" {
			stream, exit = runBinary(t, dir, name, args...)
		}
		got, r := render(t, o, name, stream, exit, piece)
		if name != "none" {
			requireSameResults(t, dir, stream, exit, r)
		}
		if name != "order" || normalise(got) == normalise(want) || try == 60 {
			return got
		}
	}
}

// requireSameResults holds the figures against those of the go command's own
// converter.
func requireSameResults(t *testing.T, dir string, stream []byte, exit int, r *Report) {
	t.Helper()
	cmd := exec.Command("go", "tool", "test2json")
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(append(slices.Clone(stream), "\n\x16FAIL\tx\n"...))
	out, err := cmd.Output()
	require.NoError(t, err)
	var want, got Counts
	var skips []string
	for line := range bytes.Lines(out) {
		var e event
		require.NoError(t, json.Unmarshal(line, &e))
		top := e.Test != "" && !strings.Contains(e.Test, "/")
		switch {
		case e.Action == "skip" && e.Test != "":
			skips = append(skips, e.Test)
			if top {
				want.Skipped++
			}
		case e.Action == "pass" && top:
			want.Passed++
		case e.Action == "fail" && top:
			want.Failed++
		}
	}
	if exit != 0 && want.Failed == 0 {
		want.Failed = 1 // the package, or the test in which it ended
	}
	got = r.Counts()
	require.Equal(t, [3]int{want.Passed, want.Failed, want.Skipped}, [3]int{got.Passed, got.Failed, got.Skipped})
	var names []string
	for _, s := range r.Skips() {
		names = append(names, s.Test)
	}
	require.Equal(t, skips, names)
}

// testJSON compares events, in their order within a package, without times.
func testJSON(t *testing.T, dir string) {
	out := goRun(t, dir, "test", "-count=1", "-vet=off", "-p=1", "-json", "./...")
	want := map[string][]event{}
	for _, e := range events(t, out) {
		want[e.Package] = append(want[e.Package], e)
	}
	for _, name := range goldenPackages {
		importPath := "example.org/golden/" + name
		for try := 0; ; try++ {
			var stream []byte
			var exit int
			if name != "none" {
				stream, exit = runBinary(t, dir, name)
			}
			text, _ := render(t, Options{JSON: true}, name, stream, exit, 1000)
			got := events(t, text)
			if name == "order" && !slices.Equal(want[importPath], got) && try < 60 {
				continue
			}
			require.Equal(t, want[importPath], got, name)
			break
		}
	}
}

func events(t *testing.T, out string) []event {
	t.Helper()
	var all []event
	for dec := json.NewDecoder(strings.NewReader(out)); ; {
		var e event
		if err := dec.Decode(&e); errors.Is(err, io.EOF) {
			return all
		} else {
			require.NoError(t, err)
		}
		require.NotNil(t, e.Time)
		if e.final() {
			require.NotNil(t, e.Elapsed)
		}
		e.Time, e.Elapsed = nil, nil
		e.Output = normalise(e.Output)
		all = append(all, e)
	}
}
