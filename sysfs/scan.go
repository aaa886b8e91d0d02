// SPDX-License-Identifier: Apache-2.0

package sysfs

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/attr"
)

// Devices yields the devices of all classes and buses, or those that a filter
// holds for: each once, however many links lead to it, in the order of their
// paths, so that a device comes after its parent. nil is all.
//
//	for disk, err := range fs.Devices(&sysfs.Filter{Subsystems: []string{"block"}, DevType: "disk"}) {
//
// The list is made first, from links, and then the devices are opened one
// after the other; those that went away or got another name meanwhile are
// passed over, and those that came are not seen. The few devices that belong to
// no subsystem (the root of a bus, "devices/pci0000:00") are not among them;
// [Object.Walk] finds them.
//
// Each is the loop's until the next turn; [Device.Open] keeps it. An error
// about one does not end the loop. errors.Is finds [fs.ErrInvalid] for a
// filter that can never hold, and [kernlink.ErrGone] for one whose Below went
// away; then nothing else is yielded.
//
// It allocates the list of paths, and the handle of each device that it opens.
// What the filter can tell from a path is not opened. Loops may run at once.
func (f *FS) Devices(filter *Filter) iter.Seq2[*Device, error] {
	if filter == nil {
		filter = new(Filter)
	}
	return func(yield func(*Device, error) bool) {
		if err := filter.check(); err != nil {
			yield(nil, filter.invalid(err))
			return
		}
		if _, err := f.root.Acquire(); err != nil {
			yield(nil, err)
			return
		}
		f.root.Release()
		s := scan{fs: f, filter: filter, yield: yield, paths: map[string]struct{}{}, plain: map[string]bool{}}
		if !s.subsystems() {
			return
		}
		for _, p := range slices.Sorted(maps.Keys(s.paths)) {
			if !s.visit(p) {
				return
			}
		}
	}
}

// scan is one loop. Its methods report whether the loop goes on.
type scan struct {
	fs     *FS
	filter *Filter
	yield  func(*Device, error) bool
	paths  map[string]struct{} // of the devices, without links
	plain  map[string]bool     // paths of folders that are no links
}

// subsystems lists the devices of all the subsystems that are asked for.
func (s *scan) subsystems() bool {
	if names := s.filter.Subsystems; len(names) > 0 {
		for _, name := range names {
			if !s.list(classOf(name).devices) || !s.list(busOf(name).devices) {
				return false
			}
		}
		return true
	}
	for _, kind := range []struct {
		folder string
		of     func(string) subsystem
	}{{"class", classOf}, {"bus", busOf}} {
		names, err := s.entries(kind.folder)
		if err != nil && !vanished(err) && !s.yield(nil, err) {
			return false
		}
		for _, e := range names {
			if e.Kind == attr.FolderKind && !s.list(kind.of(e.Name).devices) {
				return false
			}
		}
	}
	return true
}

// list adds the devices that a folder has links to.
func (s *scan) list(folder string) bool {
	real, err := s.fs.resolve("", folder)
	if err != nil {
		err = failure("list", s.fs.where(folder), err)
		return vanished(err) || s.yield(nil, err)
	}
	entries, err := s.entries(real)
	if err != nil {
		return vanished(err) || s.yield(nil, err)
	}
	for _, e := range entries {
		if e.Kind != attr.LinkKind {
			continue
		}
		target, err := s.fs.resolveWith(s.plain, real, e.Name)
		switch {
		case err != nil:
			err = failure("list", s.fs.where(folder+"/"+e.Name), err)
			if !vanished(err) && !s.yield(nil, err) {
				return false
			}
		case strings.HasPrefix(target, "devices/") && s.filter.holdsFor(target):
			s.paths[target] = struct{}{}
		}
	}
	return true
}

func (s *scan) entries(folder string) ([]attr.Entry, error) {
	dir, err := s.fs.root.OpenDir(folder)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.List()
}

// visit opens a device for one turn, if the filter holds for it.
func (s *scan) visit(devPath string) bool {
	dir, err := s.fs.root.OpenDir(devPath)
	if err != nil {
		return vanished(err) || s.yield(nil, err)
	}
	d := &Device{*s.fs.object(dir, devPath)}
	defer d.Close()
	return !s.filter.matches(d) || s.yield(d, nil)
}
