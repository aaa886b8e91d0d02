// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTutorial does what the tutorial tells its reader to do, in an empty
// folder, which is a module of its own:
//
//   - A block with a file's name makes that file; a diff changes it.
//   - Of a console block the lines after "$ " are run as they stand; all of
//     them must succeed, or fail where the block is marked so.
//   - The other lines of such a block must appear in the output, whole and in
//     this order; "..." stands for lines that are not shown. What differs from
//     one run to the next is made equal first, by [equal].
//
// Two things are added to what the reader does: before `go get`, the module
// is pointed to this checkout, since what is tested is not published; and the
// kernel and the emulator that make was given are passed on as flags.
func TestTutorial(t *testing.T) {
	if os.Getenv("KERNELTEST_VM") != "1" {
		t.Skip("boots virtual machines: run `make test`, or set KERNELTEST_VM=1")
	}
	lookAt(t)
	r := newReader(t)
	for _, b := range blocks(t, "docs/tutorial.md") {
		r.follow(b)
	}
	require.Positive(t, r.boots, "the tutorial runs nothing in a kernel")
}

// reader is somebody at work with the tutorial.
type reader struct {
	t     *testing.T
	dir   string
	env   []string
	boots int
}

func newReader(t *testing.T) *reader {
	return &reader{t: t, dir: t.TempDir(), env: append(os.Environ(),
		// Everything that is needed is here: this checkout was built.
		"GOPROXY=off", "GOSUMDB=off", "GOFLAGS=", "GOWORK=off",
		"TERM=dumb", "LC_ALL=C",
	)}
}

func (r *reader) follow(b block) {
	r.t.Helper()
	switch {
	case b.lang == "console":
		for _, s := range steps(b.text) {
			r.run(b, s)
		}
	case b.lang == "diff":
		r.change(b)
	case b.args != "":
		r.write(b.args, b.text)
	default:
		r.t.Fatalf("%s:%d: a block of no use: neither a command nor a file", b.page, b.line)
	}
}

func (r *reader) write(name, text string) {
	file := filepath.Join(r.dir, filepath.FromSlash(name))
	require.NoError(r.t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(r.t, os.WriteFile(file, []byte(text), 0o644))
}

// change applies a diff, whose old lines must stand in the file once.
func (r *reader) change(b block) {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(b.args)))
	require.NoError(r.t, err)
	var before, after string
	for line := range strings.Lines(b.text) {
		switch {
		case strings.HasPrefix(line, "+"):
			after += line[1:]
		case strings.HasPrefix(line, "-"):
			before += line[1:]
		default:
			line = strings.TrimPrefix(line, " ")
			before, after = before+line, after+line
		}
	}
	require.Equal(r.t, 1, strings.Count(string(text), before), "%s:%d: where is this in %s?", b.page, b.line, b.args)
	r.write(b.args, strings.Replace(string(text), before, after, 1))
}

// step is a command and the lines that the page shows below it.
type step struct {
	command string
	shown   []string
}

func steps(text string) []step {
	var all []step
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, step{command: command})
		} else if line != "..." && len(all) > 0 {
			last := &all[len(all)-1]
			last.shown = append(last.shown, line)
		}
	}
	return all
}

// stepTime is far more than any step needs on a machine where the kernel is
// prepared.
const stepTime = 5 * time.Minute

func (r *reader) run(b block, s step) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), stepTime)
	defer cancel()
	began := time.Now()
	cmd := exec.CommandContext(ctx, "sh", "-c", r.prepare(s.command))
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	r.t.Logf("%s:%d: $ %s (%.1f s)\n%s", b.page, b.line, s.command, time.Since(began).Seconds(), out)
	require.NoError(r.t, ctx.Err())
	if b.args == "fails" {
		require.Error(r.t, err, "the tutorial says that this fails")
		require.Equal(r.t, 1, cmd.ProcessState.ExitCode(), "as go test does when a test fails")
	} else {
		require.NoError(r.t, err)
	}
	requireShown(r.t, s.shown, string(out))
}

// prepare adds what the comment at TestTutorial says.
func (r *reader) prepare(command string) string {
	if strings.HasPrefix(command, "go get ") {
		checkout, err := filepath.Abs(root)
		require.NoError(r.t, err)
		return "go mod edit -replace 'github.com/kernlink/kernlink=" + checkout + "' && " + command
	}
	const tool = "go tool kerneltest "
	rest, ok := strings.CutPrefix(command, tool)
	if !ok {
		return command
	}
	r.boots++
	return tool + kernelFlags() + rest
}

// kernelFlags are the kernel and the emulator that make was given: of several
// lanes the first.
func kernelFlags() string {
	var flags string
	for _, own := range [][2]string{{"-kernel", "KERNEL"}, {"-kdir", "KDIR"}, {"-qemu", "QEMU"}} {
		if os.Getenv(own[1]) != "" {
			flags += own[0] + ` "$` + own[1] + `" `
		}
	}
	if lanes := strings.Fields(os.Getenv("KERNELS")); len(lanes) > 0 && os.Getenv("KERNEL") == "" {
		flags += "-lane " + lanes[0] + " "
	}
	return flags
}

// requireShown looks for the lines in the output, in their order.
func requireShown(t *testing.T, shown []string, out string) {
	t.Helper()
	lines := strings.Split(out, "\n")
	for _, want := range shown {
		for {
			require.NotEmpty(t, lines, "the tutorial shows %q, which does not appear, or not in its place", want)
			got := lines[0]
			lines = lines[1:]
			if equal(got) == equal(want) {
				break
			}
		}
	}
}

// differences are what two good runs may differ in: times, the versions of
// the kernel and the emulator, whether KVM was there, and lines of the
// library's own files.
var differences = []struct {
	pattern *regexp.Regexp
	as      string
}{
	{regexp.MustCompile(`\b[0-9]+\.[0-9]+ ?s\b`), "N s"},
	{regexp.MustCompile(`^kernel \S+ `), "kernel V "},
	{regexp.MustCompile(`QEMU [0-9.]+, (emulated|KVM)`), "QEMU V"},
	{regexp.MustCompile(`\b(load|watch)\.go:[0-9]+`), "$1.go:N"},
}

func equal(line string) string {
	line = strings.TrimRight(line, " \t\r")
	for _, d := range differences {
		line = d.pattern.ReplaceAllString(line, d.as)
	}
	return line
}
