// SPDX-License-Identifier: Apache-2.0

package kerneltest

//kerneltest:need modules=../kmod/reference/echo kmods=dummy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kmod"
)

// theM is what package testing gave to this binary.
var theM *testing.M

func TestMain(m *testing.M) {
	theM = m
	Main(m, "ExampleModulePath")
}

// fake is a test whose end can be looked at.
type fake struct {
	testing.TB
	skipped, failed string
	cleanups        []func()
}

type stop struct{}

func (f *fake) Helper() {}
func (f *fake) Skipf(format string, args ...any) {
	f.skipped = fmt.Sprintf(format, args...)
	panic(stop{})
}
func (f *fake) Fatalf(format string, args ...any) {
	f.failed = fmt.Sprintf(format, args...)
	panic(stop{})
}
func (f *fake) Errorf(format string, args ...any) { f.failed += fmt.Sprintf(format, args...) }
func (f *fake) Cleanup(c func())                  { f.cleanups = append(f.cleanups, c) }

// run calls do as a test that may end in the middle.
func (f *fake) run(do func(testing.TB)) {
	defer func() {
		if r := recover(); r != nil && r != any(stop{}) {
			panic(r)
		}
		for i := len(f.cleanups) - 1; i >= 0; i-- {
			f.cleanups[i]()
		}
	}()
	do(f)
}

func TestRequireSkipsOnAHostInOneLineThatNamesTheCommand(t *testing.T) {
	t.Setenv("KERNELTEST_GUEST", "")
	f := &fake{}
	f.run(func(t testing.TB) { Require(t, VM) })
	require.Equal(t, "needs a kernel of its own (this is a host): run `go tool kerneltest` on this package", f.skipped)
	require.NotContains(t, f.skipped, "\n")
	require.Empty(t, f.failed)
}

func TestRequireFailsInTheGuest(t *testing.T) {
	t.Setenv("KERNELTEST_GUEST", "1")
	for _, need := range []Need{Module("no_such_module"), Config("CONFIG_NO_SUCH"), Capability("CAP_NO_SUCH"), Program("no-such-program")} {
		f := &fake{}
		f.run(func(t testing.TB) { Require(t, need) })
		require.Empty(t, f.skipped)
		require.Contains(t, f.failed, need.name)
	}
}

func TestRequireSkipsInTheGuestOnlyForAnOlderKernel(t *testing.T) {
	t.Setenv("KERNELTEST_GUEST", "1")
	f := &fake{}
	// The version is looked at first, whatever stands before it.
	f.run(func(t testing.TB) { Require(t, Config("CONFIG_NO_SUCH"), Kernel(99, 1)) })
	require.Empty(t, f.failed)
	require.Contains(t, f.skipped, "needs Linux 99.1: this is Linux ")

	f = &fake{}
	f.run(func(t testing.TB) { Require(t, Kernel(3, 0)) })
	require.Empty(t, f.skipped+f.failed)
}

func TestListsOfThisGoVersionAreFound(t *testing.T) {
	tests, err := listOf[testing.InternalTest](theM, "tests")
	require.NoError(t, err)
	found := false
	for _, test := range tests {
		found = found || test.Name == t.Name()
	}
	require.True(t, found)
	for name, check := range map[string]func() error{
		"benchmarks":  func() error { _, err := listOf[testing.InternalBenchmark](theM, "benchmarks"); return err },
		"fuzzTargets": func() error { _, err := listOf[testing.InternalFuzzTarget](theM, "fuzzTargets"); return err },
		"examples":    func() error { _, err := listOf[testing.InternalExample](theM, "examples"); return err },
	} {
		require.NoError(t, check(), name)
	}
}

func TestListsOfAnotherShapeAreRefused(t *testing.T) {
	_, err := listOf[testing.InternalTest](theM, "no_such_field")
	require.ErrorContains(t, err, "no_such_field")
	_, err = listOf[testing.InternalBenchmark](theM, "tests")
	require.ErrorContains(t, err, "tests")
}

func TestWhatATestLeavesIsFound(t *testing.T) {
	before := takeRemains()
	require.Empty(t, before.left())

	fd, err := syscall.Open("/proc/self/comm", syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	require.NoError(t, err)
	end := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-end
	}()
	left := strings.Join(before.left(), "\n")
	require.Contains(t, left, fmt.Sprintf("leaked fd %d: /proc/", fd))
	require.Contains(t, left, "leaked goroutine ")
	require.Contains(t, left, "TestWhatATestLeavesIsFound")

	require.NoError(t, syscall.Close(fd))
	close(end)
	<-ended
	require.Empty(t, before.left())
}

func TestWhatIsOnlyLateIsWaitedFor(t *testing.T) {
	before := takeRemains()
	r, w, err := os.Pipe()
	require.NoError(t, err)
	go func() {
		defer r.Close()
		_, _ = r.Read(make([]byte, 1))
	}()
	w.Close() // the goroutine ends soon after this
	require.Empty(t, before.left())
}

func TestLeaveOutAddsToTheFlag(t *testing.T) {
	skip := flag.Lookup("test.skip")
	given := skip.Value.String()
	t.Cleanup(func() { require.NoError(t, skip.Value.Set(given)) })
	require.NoError(t, skip.Value.Set("TestSlow"))
	require.NoError(t, leaveOut([]string{"ExampleA", "ExampleB"}))
	require.Equal(t, "TestSlow|^(ExampleA|ExampleB)$", skip.Value.String())
}

func TestModuleNamesComeFromFileNames(t *testing.T) {
	for file, want := range map[string]string{
		"echo.ko":                        "echo",
		"kernel/drivers/md/dm-mod.ko.xz": "dm_mod",
		"/kerneltest/modules/my-mod.ko":  "my_mod",
	} {
		require.Equal(t, want, moduleName(file))
	}
}

func TestLoadUnloadsWhenTheTestEnds(t *testing.T) {
	Require(t, VM)
	t.Run("loads", func(t *testing.T) {
		m := Load(t, "echo", "cnt=1 args=hello")
		require.Equal(t, "echo", m.Name())
		var texts []string
		for _, rec := range Log(t) {
			texts = append(texts, rec.Text.String())
		}
		require.Contains(t, texts, "#: cnt: 1")
		require.Contains(t, texts, "#: Module init")
	})
	_, err := kmod.Find("echo")
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestLoadEndsTheTestWithTheReason(t *testing.T) {
	Require(t, VM)
	f := &fake{}
	f.run(func(t testing.TB) { Load(t, "echo", "nonsense=1") })
	require.Contains(t, f.failed, "nonsense")
}

func TestLoadFindsModulesOfTheKernels(t *testing.T) {
	Require(t, VM)
	require.NotNil(t, Load(t, "dummy", "numdummies=0"))
}
