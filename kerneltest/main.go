// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// InGuest reports whether this process runs in the guest that the command
// kerneltest booted.
func InGuest() bool { return os.Getenv("KERNELTEST_GUEST") == "1" }

// Main runs the tests of a package and ends the process with their exit
// status. Call it from TestMain:
//
//	func TestMain(m *testing.M) { kerneltest.Main(m) }
//
// In the guest it marks in the kernel log where each top-level test,
// benchmark, fuzz target and example begins and ends, so that what the kernel
// says is laid to the right one, and it fails a test that leaves a file
// descriptor, a goroutine or a module behind. That needs tests that run one
// after the other: while tests that call [testing.T.Parallel] overlap, a
// fault names all that ran, and what was left behind is found only when the
// package ends. Subtests are laid to their top-level test.
//
// On a host it only runs the tests. guestExamples are the names of examples
// that need the guest, "ExampleModule_Remove": an example cannot skip itself,
// so they are left out there.
func Main(m *testing.M, guestExamples ...string) {
	if InGuest() {
		os.Exit(runInGuest(m))
	}
	if err := leaveOut(guestExamples); err != nil {
		fmt.Fprintf(os.Stderr, "kerneltest: %v\n", err)
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// leaveOut adds examples to those that the flag -skip names.
func leaveOut(examples []string) error {
	if len(examples) == 0 {
		return nil
	}
	flag.Parse() // now, so that the flag given by the user is known
	skip := flag.Lookup("test.skip")
	pattern := "^(" + strings.Join(examples, "|") + ")$"
	if given := skip.Value.String(); given != "" {
		pattern = given + "|" + pattern
	}
	return skip.Value.Set(pattern)
}

func runInGuest(m *testing.M) int {
	w, err := newWatch()
	if err != nil {
		fmt.Fprintf(os.Stderr, "kerneltest: %v\n", err)
		return 2
	}
	current = w
	if err := w.wrap(m); err != nil {
		// Not silently: verdicts would name the package only.
		fmt.Fprintf(os.Stderr, "kerneltest: faults cannot be laid to single tests: %v\n", err)
	}
	code := m.Run()
	for _, left := range w.atExit() {
		fmt.Fprintf(os.Stderr, "kerneltest: %s\n", left)
		code = max(code, 1)
	}
	return code
}

// current is the watch of this test binary. A test binary has one TestMain,
// so there is one, set before any test begins and never after.
var current *watch
