// SPDX-License-Identifier: Apache-2.0

package attr_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink/attr"
)

func TestTheCPUsOfThisMachineAreRead(t *testing.T) {
	cpus := map[string]attr.Bits{}
	for _, name := range []string{"online", "possible", "present", "offline"} {
		var err error
		cpus[name], err = attr.Get[attr.Bits](attr.At("/sys/devices/system/cpu/"+name, attr.Sysfs))
		require.NoError(t, err, name)
	}
	require.Equal(t, cpusOfStat(t), cpus["online"])
	require.GreaterOrEqual(t, len(cpus["online"]), runtime.NumCPU())
	require.Subset(t, cpus["possible"], cpus["online"])
	require.Subset(t, cpus["present"], cpus["online"])
	for _, cpu := range cpus["possible"] {
		require.NotEqual(t, slices.Contains(cpus["online"], cpu), slices.Contains(cpus["offline"], cpu), "CPU %d is on or off", cpu)
	}
}

// cpusOfStat is the CPUs that have a line in /proc/stat: those online.
func cpusOfStat(t *testing.T) attr.Bits {
	t.Helper()
	text, err := os.ReadFile("/proc/stat")
	require.NoError(t, err)
	var numbers []string
	for line := range strings.Lines(string(text)) {
		name, _, _ := strings.Cut(line, " ")
		if number, ok := strings.CutPrefix(name, "cpu"); ok && number != "" {
			numbers = append(numbers, number)
		}
	}
	var b attr.Bits
	require.NoError(t, b.UnmarshalText([]byte(strings.Join(numbers, ","))))
	return b
}

// The status of a thread has its CPUs in both forms, and sched_getaffinity
// has them as bits.
func TestBothFormsSayWhatTheKernelSaysInBits(t *testing.T) {
	allowed := affinity(t)
	ask := func(want attr.Bits) {
		var list attr.Bits
		require.NoError(t, list.UnmarshalText(statusLine(t, "Cpus_allowed_list:")))
		mask, err := attr.Mask().Decode(statusLine(t, "Cpus_allowed:"))
		require.NoError(t, err)
		require.Equal(t, want, list)
		require.Equal(t, want, mask)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // and never unlock: the thread ends with its affinity
		ask(allowed)
		for _, cpu := range allowed {
			var one unix.CPUSet
			one.Set(cpu)
			if err := unix.SchedSetaffinity(0, &one); err != nil {
				t.Error(err)
				return
			}
			ask(attr.Bits{cpu})
		}
	}()
	<-done
}

func affinity(t *testing.T) attr.Bits {
	t.Helper()
	var set unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &set))
	var b attr.Bits
	for cpu := range len(set) * 64 {
		if set.IsSet(cpu) {
			b = append(b, cpu)
		}
	}
	return b
}

func statusLine(t *testing.T, field string) []byte {
	text, err := os.ReadFile("/proc/thread-self/status")
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), field)
	require.True(t, found, field)
	line, _, _ := strings.Cut(rest, "\n")
	return []byte(line)
}

// A kept handle allocates what it hands out, and what holds it.
func TestReadingBitsAllocatesTheBits(t *testing.T) {
	online := attr.Of[attr.Bits](attr.At("/sys/devices/system/cpu/online", attr.Sysfs))
	defer online.Close()
	want, err := online.Get()
	require.NoError(t, err)
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { online.Get() }), 2.0)

	buf, cpus := make([]byte, 4096), attr.Bits{}
	require.NoError(t, cpus.UnmarshalText([]byte("0-63")))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		n, _ := online.ReadInto(buf)
		cpus.UnmarshalText(buf[:n])
	}))
	require.Equal(t, want, cpus)
}

func TestBitsAreAFieldOfALoadedStruct(t *testing.T) {
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "local_cpulist"), []byte("0-3\n"), 0o644))
	dir, err := attr.OpenDir(root, attr.Sysfs)
	require.NoError(t, err)
	defer dir.Close()
	var dev struct {
		CPUs    attr.Bits  `attr:"local_cpulist"`
		Missing *attr.Bits `attr:"missing"`
	}
	require.NoError(t, attr.Load(dir, &dev))
	require.Equal(t, attr.Bits{0, 1, 2, 3}, dev.CPUs)
	require.Nil(t, dev.Missing)

	file := dir.File("local_cpulist")
	require.NoError(t, attr.Set(file, attr.Bits{5, 4}))
	text, err := file.Read()
	require.NoError(t, err)
	require.Equal(t, "4-5\n", string(text))
	require.NoError(t, attr.Set(file, attr.Bits{}))
	require.ErrorIs(t, attr.Set(file, attr.Bits{-1}), attr.ErrMalformed)
	_, err = attr.Get[attr.Bits](attr.At("/proc/self/comm", attr.Procfs))
	require.ErrorIs(t, err, attr.ErrMalformed)
}
