// SPDX-License-Identifier: Apache-2.0

package kerneltest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kmod"
)

// remains is what a test can leave behind, at one moment.
type remains struct {
	fds        map[string]string // number -> what it refers to
	goroutines map[string]bool   // numbers
	modules    map[string]bool
}

func takeRemains() remains {
	r := remains{fds: openFiles(), goroutines: map[string]bool{}, modules: loadedModules()}
	for _, g := range allGoroutines() {
		r.goroutines[g.id] = true
	}
	return r
}

// endTime is how long goroutines and what they hold may take to end after
// the test that started them.
const endTime = 2 * time.Second

// left lists what is there now and was not there before. It waits a while
// for what is only late, and unloads modules, so that one test's remains are
// not taken for the next one's.
func (before remains) left() []string {
	var left []string
	for pause, deadline := time.Millisecond, time.Now().Add(endTime); ; pause *= 2 {
		left = append(before.goroutinesLeft(), before.filesLeft()...)
		if len(left) == 0 || time.Now().After(deadline) {
			break
		}
		time.Sleep(min(pause, 100*time.Millisecond))
	}
	for name := range loadedModules() {
		if before.modules[name] {
			continue
		}
		text := "module left loaded: " + name
		if err := sys.DeleteModule(name); err != nil {
			text += fmt.Sprintf(", and it cannot be unloaded: %v", err)
		}
		left = append(left, text)
	}
	return left
}

func (before remains) filesLeft() []string {
	var left []string
	for fd, target := range openFiles() {
		if was, ok := before.fds[fd]; !ok || was != target {
			left = append(left, fmt.Sprintf("leaked fd %s: %s", fd, target))
		}
	}
	slices.Sort(left)
	return left
}

func openFiles() map[string]string {
	const dir = "/proc/self/fd"
	files := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return files
	}
	for _, e := range entries {
		// The descriptor that listed the folder is closed by now.
		if target, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			files[e.Name()] = target
		}
	}
	return files
}

func loadedModules() map[string]bool {
	modules := map[string]bool{}
	for st, err := range kmod.Loaded() {
		if err == nil {
			modules[st.Name] = true
		}
	}
	return modules
}

func (before remains) goroutinesLeft() []string {
	var left []string
	for _, g := range allGoroutines() {
		if !before.goroutines[g.id] && !g.ofTesting() {
			left = append(left, fmt.Sprintf("leaked goroutine %s in %s, %s", g.id, g.function, g.creator))
		}
	}
	return left
}

// goroutine is one paragraph of what runtime.Stack prints.
type goroutine struct {
	id       string
	function string // the innermost
	creator  string // "created by F in goroutine N"
	stack    string
}

func allGoroutines() []goroutine {
	buf := make([]byte, 64<<10)
	n := runtime.Stack(buf, true)
	for n == len(buf) {
		buf = make([]byte, 2*len(buf))
		n = runtime.Stack(buf, true)
	}
	var all []goroutine
	for _, paragraph := range strings.Split(string(buf[:n]), "\n\n") {
		lines := strings.Split(strings.TrimSpace(paragraph), "\n")
		head := strings.Fields(lines[0]) // goroutine 7 [chan receive]:
		if len(lines) < 2 || len(head) < 2 || head[0] != "goroutine" {
			continue
		}
		g := goroutine{id: head[1], function: lines[1], stack: paragraph}
		for _, line := range lines {
			if strings.HasPrefix(line, "created by ") {
				g.creator = line
			}
		}
		all = append(all, g)
	}
	return all
}

// ofTesting reports whether the goroutine belongs to the test framework or
// the runtime, which start some of their own while a test runs.
func (g goroutine) ofTesting() bool {
	for _, mark := range []string{
		"created by testing.", "created by os/signal.", "created by runtime.",
		"kerneltest.allGoroutines(", // the one that asks
		"runtime.ensureSigM", "testing.(*M).", "testing/internal/",
	} {
		if strings.Contains(g.stack, mark) {
			return true
		}
	}
	return g.creator == "" && g.id == "1"
}
