// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// busyHint says who has a file, or one below a folder, open, as far as /proc
// shows it to this user.
func busyHint(dir string) string {
	const shown = 5
	all := holders(dir)
	if len(all) == 0 {
		return "a file of it is open, or its tracer is in use"
	}
	if len(all) > shown {
		all = append(all[:shown], "...")
	}
	return "open files: " + strings.Join(all, ", ")
}

// holders are the open files at or below a path, each with its process. Processes
// come and go while it looks: what cannot be read is passed over.
func holders(dir string) (all []string) {
	proc, err := sys.Open("/proc", sys.PathOnly|sys.Directory)
	if err != nil {
		return nil
	}
	defer sys.Close(proc)
	processes, err := sys.List(proc)
	if err != nil {
		return nil
	}
	for _, p := range processes {
		if _, err := strconv.Atoi(p.Name); err == nil {
			all = append(all, heldBy(proc, p.Name, dir)...)
		}
	}
	return all
}

func heldBy(proc int, pid, dir string) (all []string) {
	fds, err := sys.OpenAt(proc, pid+"/fd", sys.PathOnly|sys.Directory)
	if err != nil {
		return nil
	}
	defer sys.Close(fds)
	entries, err := sys.List(fds)
	if err != nil {
		return nil
	}
	buf := make([]byte, 4096)
	for _, e := range entries {
		n, err := sys.ReadLinkAt(fds, e.Name, buf)
		if err != nil {
			continue
		}
		// A tracefs that is mounted twice has two paths for a file; as a rule
		// all use the same.
		file, below := strings.CutPrefix(string(buf[:n]), dir)
		switch {
		case !below:
		case file == "":
			all = append(all, fmt.Sprintf("%s of process %s", path.Base(dir), pid))
		case file[0] == '/':
			all = append(all, fmt.Sprintf("%s of process %s", file[1:], pid))
		}
	}
	return all
}
