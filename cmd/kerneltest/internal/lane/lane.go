// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package lane finds or prepares a kernel to test with: its image, its
// modules, and what builds further modules for it.
package lane

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/chroot"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/debian"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/progress"
)

// Lane is a kernel that is ready to boot.
type Lane struct {
	Name    string // "6.1", or "own" for a kernel that was given
	Kernel  string // the image
	Release string // as uname -r prints it
	Config  string // the configuration it was built with, "" when unknown
	Modules string // its /lib/modules/RELEASE, "" when it has none
	Root    string // a system with a compiler, to build in; "" builds on the host
	Build   string // the kernel's build folder, inside Root where there is one
}

// Names are the lanes that can be prepared, the default first.
var Names = []string{"6.1", "6.12", "newest"}

// tools is what building a module and looking into the guest needs and the
// header packages do not ask for; the last line is for the flag -tools, on
// machines that lack them.
var tools = []string{"gcc", "binutils", "make", "mawk", "dash", "bash", "coreutils", "sed", "grep",
	"findutils", "diffutils", "gzip", "xz-utils", "kmod", "pahole", "busybox-static",
	"iproute2", "ethtool", "util-linux", "procps"}

var bookworm = []string{"bookworm", "bookworm-updates", "bookworm-security"}

// roots says from where each lane's kernel comes. Only the flavour is named:
// which version that is today, the archive says.
func root(name string) (debian.Root, error) {
	r := debian.Root{
		Name:     "lane-" + name,
		Suites:   bookworm,
		Packages: append([]string{"linux-image-cloud-amd64", "linux-headers-cloud-amd64"}, tools...),
		Finish:   finish,
	}
	switch name {
	case "6.1":
	case "6.12":
		r.Suites = append(bookworm[:len(bookworm):len(bookworm)], "bookworm-backports")
		r.Prefer = "bookworm-backports"
	case "newest":
		r.Suites = []string{"trixie", "trixie-updates", "trixie-security", "trixie-backports"}
		r.Prefer = "trixie-backports"
		r.Merged = true
	default:
		return r, fmt.Errorf("no lane is named %q: there are %s", name, strings.Join(Names, ", "))
	}
	return r, nil
}

// finish does what the packages' scripts would have done.
func finish(ctx context.Context, dir string) error {
	awk := filepath.Join(dir, "usr/bin/awk")
	if err := os.Symlink("mawk", awk); err != nil {
		return err
	}
	_, release, err := findImage(dir)
	if err != nil {
		return err
	}
	out, err := chroot.Run(ctx, chroot.Cmd{Root: dir, Args: []string{"/sbin/depmod", release}})
	if err != nil {
		return fmt.Errorf("depmod %s: %w: %s", release, err, out)
	}
	return nil
}

// findImage finds the one kernel of an unpacked system: in /boot, or since
// Debian's 7.x beside its modules.
func findImage(dir string) (image, release string, err error) {
	tree := os.DirFS(dir)
	inBoot, err := fs.Glob(tree, "boot/vmlinuz-*")
	if err != nil {
		return "", "", err
	}
	beside, err := fs.Glob(tree, "lib/modules/*/vmlinuz")
	if err != nil {
		return "", "", err
	}
	switch {
	case len(inBoot)+len(beside) != 1:
		return "", "", fmt.Errorf("%d kernel images in %s instead of one", len(inBoot)+len(beside), dir)
	case len(inBoot) == 1:
		return filepath.Join(dir, inBoot[0]), strings.TrimPrefix(filepath.Base(inBoot[0]), "vmlinuz-"), nil
	}
	return filepath.Join(dir, beside[0]), filepath.Base(filepath.Dir(beside[0])), nil
}

// Ensure returns the lane called name, prepared now where it is not yet.
func Ensure(ctx context.Context, c *cache.Cache, line *progress.Line, name string, update bool) (*Lane, error) {
	r, err := root(name)
	if err != nil {
		return nil, err
	}
	dir, err := r.Ensure(ctx, c, line, update)
	if err != nil {
		return nil, err
	}
	image, release, err := findImage(dir)
	if err != nil {
		return nil, err
	}
	l := &Lane{
		Name:    name,
		Kernel:  image,
		Release: release,
		Modules: filepath.Join(dir, "lib/modules", release),
		Root:    dir,
		Build:   "/lib/modules/" + release + "/build",
	}
	for _, config := range []string{filepath.Join(dir, "boot/config-"+release), filepath.Join(l.Modules, "config")} {
		if _, err := os.Stat(config); err == nil {
			l.Config = config
		}
	}
	return l, nil
}

// QEMU is an emulator and the way to start it.
type QEMU struct {
	Args    []string // the command and the options that come first
	Version string
}

// minimum is the oldest QEMU known to be steady with each lane.
const minimum = 7

// EnsureQEMU returns the emulator: own if that is not "", else the newest
// that the archive has for Debian 12, unpacked beside the kernels. One
// version serves all lanes: 7.2 crashes or hangs half of the boots of 6.12.
func EnsureQEMU(ctx context.Context, c *cache.Cache, line *progress.Line, own string, update bool) (*QEMU, error) {
	if own != "" {
		return hostQEMU(ctx, own)
	}
	dir, err := debian.Root{
		Name:     "qemu",
		Suites:   append(bookworm[:len(bookworm):len(bookworm)], "bookworm-backports"),
		Prefer:   "bookworm-backports",
		Packages: []string{"qemu-system-x86"},
	}.Ensure(ctx, c, line, update)
	if err != nil {
		return nil, err
	}
	lib := func(sub string) string { return filepath.Join(dir, sub, "x86_64-linux-gnu") }
	q := &QEMU{Args: []string{
		// Its own loader and libraries: nothing of the machine's is used, so
		// it runs on any distribution.
		filepath.Join(lib("lib"), "ld-linux-x86-64.so.2"),
		"--library-path", lib("lib") + ":" + lib("usr/lib"),
		filepath.Join(dir, "usr/bin/qemu-system-x86_64"),
		"-L", filepath.Join(dir, "usr/share/qemu"),
		"-L", filepath.Join(dir, "usr/share/seabios"),
	}}
	return q, q.ask(ctx)
}

func hostQEMU(ctx context.Context, own string) (*QEMU, error) {
	path, err := exec.LookPath(own)
	if err != nil {
		return nil, fmt.Errorf("%w: -qemu (make QEMU=) names an emulator for x86-64 like qemu-system-x86_64", err)
	}
	q := &QEMU{Args: []string{path}}
	if err := q.ask(ctx); err != nil {
		return nil, err
	}
	var major int
	if _, err := fmt.Sscanf(q.Version, "%d.", &major); err != nil || major < minimum {
		return nil, fmt.Errorf("%s is QEMU %s, too old: %d.2 runs Linux 6.1 and 10.0 runs all lanes; leave -qemu (make QEMU=) away to use one that is fetched", own, q.Version, minimum)
	}
	return q, nil
}

// ask fills in the version, which also proves that it starts.
func (q *QEMU) ask(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, q.Args[0], append(q.Args[1:len(q.Args):len(q.Args)], "--version")...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("QEMU does not start: %w: %s", err, out)
	}
	_, says, ok := strings.Cut(string(out), "QEMU emulator version ")
	words := strings.Fields(says)
	if !ok || len(words) == 0 {
		first, _, _ := strings.Cut(string(out), "\n")
		return fmt.Errorf("%s is no QEMU: it says %q", q.Args[0], first)
	}
	q.Version = words[0]
	return nil
}
