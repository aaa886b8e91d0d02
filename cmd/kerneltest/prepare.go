// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/image"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/kbuild"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/progress"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/wire"
)

// keepUnused is how long what nobody uses stays in the cache.
const keepUnused = 30 * 24 * time.Hour

// bench is what all runs of one call share.
type bench struct {
	o     *options
	cache *cache.Cache
	line  *progress.Line
	qemu  *lane.QEMU
	work  string // a folder of this call's own
	// modules is how many were built for the image written last.
	modules int
}

// newBench prepares the emulator and every kernel that was asked for.
func newBench(ctx context.Context, o *options) (*bench, []*lane.Lane, error) {
	b := &bench{o: o, line: progress.New(os.Stderr)}
	var err error
	b.cache, err = cache.Open(func(key string) { b.line.Step("waiting for another run that prepares %s", key) })
	if err != nil {
		return nil, nil, err
	}
	defer b.line.Clear()
	b.cache.Prune("modules", keepUnused)
	b.cache.Prune("roots", keepUnused)
	if b.qemu, err = lane.EnsureQEMU(ctx, b.cache, b.line, o.qemu, o.update); err != nil {
		return nil, nil, err
	}
	lanes, err := b.lanes(ctx)
	if err != nil {
		return nil, nil, err
	}
	b.work, err = os.MkdirTemp("", "kerneltest")
	return b, lanes, err
}

func (b *bench) close() {
	b.line.Clear()
	os.RemoveAll(b.work)
}

func (b *bench) lanes(ctx context.Context) ([]*lane.Lane, error) {
	if b.o.kernel != "" {
		l, err := lane.Own(b.o.kernel, b.o.kdir)
		return []*lane.Lane{l}, err
	}
	var lanes []*lane.Lane
	for _, name := range b.o.lanes {
		l, err := lane.Ensure(ctx, b.cache, b.line, name, b.o.update)
		if err != nil {
			return nil, err
		}
		lanes = append(lanes, l)
	}
	return lanes, nil
}

// guestFiles is what an image is made of.
type guestFiles struct {
	lane     *lane.Lane
	needs    needs
	packages []pkg
	jobs     []wire.Job
}

// transport are the modules that lead to the virtio-serial port where the
// kernel has them as modules; their order is found from their dependencies.
var transport = []string{"virtio_pci", "virtio_console"}

// writeImage writes the initramfs and returns its size in bytes.
func (b *bench) writeImage(ctx context.Context, file string, g guestFiles) (int64, error) {
	tree, err := g.lane.ReadTree()
	if err != nil {
		return 0, err
	}
	f, err := os.Create(file)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	img := image.New(f)
	img.Dir("/proc")
	img.Dir("/sys")
	img.Dir("/root")
	img.Dir("/etc")
	img.Dir(wire.ModulesDir)
	img.Char("/dev/console", 5, 1)
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	if err := img.Program("/init", self); err != nil {
		return 0, err
	}
	for _, tool := range g.needs.tools {
		if err := img.Tool(tool, g.lane.Root); err != nil {
			return 0, err
		}
	}
	addBasics(img, g.lane) // after the tools: the real ones come first
	manifest := wire.Manifest{Lane: g.lane.Name, Jobs: g.jobs, Keep: b.o.keep}
	if manifest.Transport, err = addKernelModules(img, tree, g.needs.kmods); err != nil {
		return 0, err
	}
	if b.modules, err = b.addBuiltModules(ctx, img, g); err != nil {
		return 0, err
	}
	for _, name := range g.needs.files {
		if err := addHostFile(img, name); err != nil {
			return 0, err
		}
	}
	for i, p := range g.packages {
		if err := img.Program(g.jobs[i].Path, p.binary); err != nil {
			return 0, err
		}
		if !g.jobs[i].Test {
			img.Dir(p.Dir)
		} else if err := img.PackageDir(p.Dir); err != nil {
			return 0, err
		}
	}
	text, err := json.Marshal(manifest)
	if err != nil {
		return 0, err
	}
	img.Bytes(wire.ManifestPath, text, 0o644)
	if err := img.Close(); err != nil {
		return 0, fmt.Errorf("%w: the guest's image is written to %s: TMPDIR names a folder with more room", err, b.work)
	}
	return img.Size(), nil
}

// addBasics adds what programs expect of a system: names of users and hosts,
// the kernel's configuration, a shell.
func addBasics(img *image.Writer, l *lane.Lane) {
	img.Bytes("/etc/passwd", []byte("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"), 0o644)
	img.Bytes("/etc/group", []byte("root:x:0:\nnogroup:x:65534:\n"), 0o644)
	img.Bytes("/etc/hosts", []byte("127.0.0.1 localhost kerneltest\n::1 localhost\n"), 0o644)
	img.Bytes("/etc/nsswitch.conf", []byte("passwd: files\ngroup: files\nhosts: files\n"), 0o644)
	if l.Config != "" {
		img.File("/boot/config-"+l.Release, l.Config)
	}
	busybox := filepath.Join(l.Root, "bin/busybox")
	if _, err := os.Stat(busybox); l.Root == "" || err != nil {
		return
	}
	img.File("/usr/bin/busybox", busybox)
	for _, name := range []string{"sh", "cat", "ls", "dmesg", "lsmod", "insmod", "rmmod", "mount", "ps", "vi", "grep", "echo", "mkdir", "sleep", "kill", "poweroff", "head", "tail", "less", "top", "find", "true", "false"} {
		img.Link("/usr/bin/"+name, "busybox")
	}
}

// addKernelModules adds modules of the kernel's own, and returns which have
// to be loaded, in order, before the guest can speak to the host.
func addKernelModules(img *image.Writer, tree *lane.Tree, names []string) ([]string, error) {
	var ports []string
	for _, name := range transport {
		if tree.Has(name) {
			ports = append(ports, name)
		}
	}
	first, err := tree.Closure(ports)
	if err != nil {
		return nil, err
	}
	all, err := tree.Closure(append(ports, names...))
	if err != nil {
		return nil, fmt.Errorf("-kmods: %w", err)
	}
	for _, file := range all {
		img.File(filepath.Join(tree.GuestDir(), file), tree.Path(file))
	}
	if builtin := tree.Path("modules.builtin"); tree.Exists() {
		img.Bytes(filepath.Join(tree.GuestDir(), "modules.dep"), []byte(tree.Index(all)), 0o644)
		img.File(filepath.Join(tree.GuestDir(), "modules.builtin"), builtin)
	}
	for i, file := range first {
		first[i] = filepath.Join(tree.GuestDir(), file)
	}
	return first, nil
}

// addBuiltModules builds the folders that were asked for and adds what came
// of them. Two modules of one name would replace each other: that is refused.
func (b *bench) addBuiltModules(ctx context.Context, img *image.Writer, g guestFiles) (int, error) {
	from := map[string]string{}
	for _, dir := range g.needs.modules {
		dir, err := filepath.Abs(dir)
		if err != nil {
			return 0, err
		}
		folders, err := kbuild.Folders(dir)
		if err != nil {
			return 0, err
		}
		for _, folder := range folders {
			built, err := kbuild.Build(ctx, b.cache, b.line, g.lane, folder)
			if err != nil {
				return 0, err
			}
			warnings := built.Warnings()
			if len(warnings) > 0 && b.o.werror {
				return 0, fmt.Errorf("building %s for %s: %s", folder, g.lane.Release, strings.Join(warnings, "\n"))
			}
			for _, warning := range warnings {
				b.line.Clear()
				fmt.Fprintf(os.Stderr, "kerneltest: %s: %s\n", folder, warning)
			}
			for _, file := range built.Modules {
				name := filepath.Base(file)
				if other, taken := from[name]; taken && other != folder {
					return 0, fmt.Errorf("-modules: %s and %s both make %s", other, folder, name)
				}
				from[name] = folder
				img.File(filepath.Join(wire.ModulesDir, name), file)
			}
		}
	}
	return len(from), nil
}

func addHostFile(img *image.Writer, name string) error {
	abs, err := filepath.Abs(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return fmt.Errorf("-files: %w", err)
	}
	if info.IsDir() {
		return img.Tree(abs)
	}
	img.File(abs, abs)
	return nil
}

// memory is what the guest needs for an image of that size: the archive and
// its unpacked copy stand beside each other while it boots, and a root in
// memory may fill half of what there is.
func (o *options) memoryFor(size int64) int {
	if o.memory != 0 {
		return o.memory
	}
	need := 384 + 3*int(size>>20)
	if o.race {
		need *= 2
	}
	return max(512, (need+63)/64*64)
}

// merged adds what the packages ask for to what the command line gives.
func (o *options) merged(pkgs []pkg) (needs, error) {
	n := needs{slices.Clone(o.modules), slices.Clone(o.kmods), slices.Clone(o.tools), slices.Clone(o.files)}
	for _, p := range pkgs {
		if err := n.readNeeds(p); err != nil {
			return n, err
		}
	}
	for _, l := range []*list{&n.modules, &n.files} {
		for i, dir := range *l {
			(*l)[i] = filepath.Clean(dir)
		}
	}
	for _, l := range []*list{&n.modules, &n.kmods, &n.tools, &n.files} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	return n, nil
}

// describe is the line that says what a run stands on.
func (b *bench) describe(l *lane.Lane, boot time.Duration, kvm bool) string {
	parts := []string{"kernel " + l.Release}
	switch b.modules {
	case 0:
	case 1:
		parts = append(parts, "1 module")
	default:
		parts = append(parts, fmt.Sprintf("%d modules", b.modules))
	}
	accel := "emulated"
	if kvm {
		accel = "KVM"
	}
	parts = append(parts, fmt.Sprintf("QEMU %s, %s", b.qemu.Version, accel), fmt.Sprintf("booted in %.1f s", boot.Seconds()))
	return strings.Join(parts, " · ")
}
