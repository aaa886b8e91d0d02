// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"iter"
	"runtime"
)

// channels are all that can be asked about, in the order in which [All] tells
// them: what stands on another one comes after it. To add a channel, add its
// line.
var channels = []struct {
	name  string
	check func(*system) Result
}{
	{"procfs", func(s *system) Result { return s.filesystem(procfs) }},
	{"sysctl", sysctl},
	{"sysfs", func(s *system) Result { return s.filesystem(sysfs) }},
	{"modparam", modparam},
	{"configfs", func(s *system) Result { return s.filesystem(configfs) }},
	{"debugfs", debug},
	{"tracefs", func(s *system) Result { return s.filesystem(tracefs) }},
	{"relay", relay},
	{"chardev", chardev},
	{"ioctl", ioctl},
	{"syscalls", syscalls},
	{"nl", func(s *system) Result { return s.family(netlink) }},
	{"genl", func(s *system) Result { return s.family(generic) }},
	{"packet", func(s *system) Result { return s.family(packet) }},
	{"udp", func(s *system) Result { return s.family(udp) }},
	{"alg", func(s *system) Result { return s.family(alg) }},
	{"kmod", kmod},
	{"kmsg", kmsg},
}

// Options say where to look. nil is the running system.
type Options struct {
	// Root is a folder with a copy of a machine's /proc, /sys, /boot and so
	// on, of which only files are read. "" and "/" are the running system.
	Root string
}

// Channels are the names of all channels, in the order of [All].
func Channels() []string {
	names := make([]string, len(channels))
	for i, c := range channels {
		names[i] = c.name
	}
	return names
}

// All asks about one channel after the other, each when the loop comes to it.
func All(o *Options) iter.Seq[Result] {
	return func(yield func(Result) bool) {
		s := newSystem(o)
		for _, c := range channels {
			if !yield(s.ask(c.name, c.check)) {
				return
			}
		}
	}
}

// Check asks about one channel, by a name out of [Channels]. Another name is
// [Unknown].
func Check(channel string, o *Options) Result {
	for _, c := range channels {
		if c.name == channel {
			return newSystem(o).ask(c.name, c.check)
		}
	}
	r := unknown("", "no channel has this name", nil)
	r.Channel = channel
	return r
}

func (s *system) ask(name string, check func(*system) Result) Result {
	r := missing("", "it is a channel of Linux", "run it on Linux", errors.ErrUnsupported)
	if runtime.GOOS == "linux" {
		r = check(s)
	}
	r.Channel = name
	return r
}
