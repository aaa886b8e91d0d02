// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// apt is Debian's own resolver and fetcher with lists, state and downloads in
// a folder of its own and no package installed.
type apt struct {
	dir    string
	prefer string
}

func requireApt() error {
	if runtime.GOARCH != "amd64" {
		return fmt.Errorf("the kernels, compilers and emulator that are fetched are programs for x86-64, and this machine is %s", runtime.GOARCH)
	}
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("no %s here: a stock kernel is fetched with Debian's apt; on other systems give a kernel of your own with -kernel and -kdir (make KERNEL= KDIR=), and QEMU with -qemu", tool)
		}
	}
	if _, err := os.Stat(keyring); err != nil {
		return fmt.Errorf("%w: install the package debian-archive-keyring", err)
	}
	return nil
}

// newApt works in the empty folder dir.
func newApt(dir string, m mirrors, suites []string, prefer string) (*apt, error) {
	a := &apt{dir: dir, prefer: prefer}
	for _, sub := range []string{"lists/partial", "archives/partial"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, err
		}
	}
	for file, text := range map[string]string{"status": "", "sources.list": m.list(suites), "apt.conf": aptConf} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// aptConf takes away what the machine's configuration makes apt run on its
// own: containers' clears the machine's archive folder, desktops' rebuilds
// their catalogues. Lists cannot be cleared on the command line.
const aptConf = `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
`

// run calls apt-get with every path of the machine's own state replaced.
func (a *apt) run(ctx context.Context, args ...string) ([]byte, error) {
	options := []string{
		"-qq", "-y", "-c", filepath.Join(a.dir, "apt.conf"),
		"-oDir::Etc::sourcelist=" + filepath.Join(a.dir, "sources.list"),
		"-oDir::Etc::sourceparts=/nonexistent",
		"-oDir::Etc::preferences=/nonexistent",
		"-oDir::Etc::preferencesparts=/nonexistent",
		"-oDir::State=" + a.dir,
		"-oDir::State::lists=" + filepath.Join(a.dir, "lists"),
		"-oDir::State::status=" + filepath.Join(a.dir, "status"),
		"-oDir::Cache=" + a.dir,
		"-oDir::Cache::archives=" + filepath.Join(a.dir, "archives"),
		"-oAPT::Sandbox::User=",
		"-oAPT::Install-Recommends=0",
		"-oAPT::Keep-Downloaded-Packages=1",
		"-oAPT::Update::Error-Mode=any",
		"-oAcquire::Retries=2",
		"-oAcquire::Languages=none",
		"-oAcquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-oAcquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
		"-oDebug::NoLocking=1",
	}
	if a.prefer != "" {
		options = append(options, "-t", a.prefer)
	}
	cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive")
	cmd.SysProcAttr, cmd.WaitDelay = endsWithUs(), waitDelay
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, fmt.Errorf("apt-get %s: %s", args[0], reason(stderr.String(), err))
	}
	return stdout.Bytes(), nil
}

// reason picks the line of apt's that says most.
func reason(stderr string, err error) string {
	for _, mark := range []string{"E: ", "W: "} {
		for line := range strings.Lines(stderr) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), mark); ok {
				return text
			}
		}
	}
	if text := strings.TrimSpace(stderr); text != "" {
		return text
	}
	return err.Error()
}

func (a *apt) update(ctx context.Context) error {
	if _, err := a.run(ctx, "update"); err != nil {
		return fmt.Errorf("the package archive cannot be reached or read: %w: check the network, or give a kernel of your own with -kernel and -kdir (make KERNEL= KDIR=)", err)
	}
	return nil
}

// solve asks which packages are needed, without fetching them.
func (a *apt) solve(ctx context.Context, packages []string) (debs, error) {
	out, err := a.run(ctx, append([]string{"install", "--print-uris"}, packages...)...)
	if err != nil {
		return nil, err
	}
	set, err := parseURIs(string(out))
	if err != nil {
		return nil, err
	}
	if len(set) == 0 {
		return nil, fmt.Errorf("apt offers nothing for %s", strings.Join(packages, " "))
	}
	return set, nil
}

// parseURIs reads the lines of apt-get --print-uris: 'uri' file size checksum.
func parseURIs(out string) (debs, error) {
	var set debs
	for line := range strings.Lines(out) {
		fields := strings.Fields(line)
		if len(fields) < 3 || !strings.HasPrefix(line, "'") || !strings.HasSuffix(fields[1], ".deb") {
			continue
		}
		size, err := strconv.ParseInt(fields[2], 10, 64)
		if err != nil || size < 0 {
			return nil, fmt.Errorf("apt-get --print-uris: no size in %q", line)
		}
		set = append(set, deb{fields[1], size})
	}
	slices.SortFunc(set, func(a, b deb) int { return strings.Compare(a.file, b.file) })
	return set, nil
}

// fetch downloads the packages; apt checks their signatures and sums.
func (a *apt) fetch(ctx context.Context, packages []string) ([]string, error) {
	if _, err := a.run(ctx, append([]string{"install", "--download-only"}, packages...)...); err != nil {
		return nil, err
	}
	return filepath.Glob(filepath.Join(a.dir, "archives", "*.deb"))
}

// extract unpacks one package. Through tar itself, since dpkg-deb -x replaces
// links to folders by folders.
func extract(ctx context.Context, deb, dir string) error {
	pack := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", deb)
	unpack := exec.CommandContext(ctx, "tar", "-x", "--keep-directory-symlink", "--no-same-owner", "--no-same-permissions", "-C", dir, "-f", "-", "--exclude=./usr/share/doc", "--exclude=./usr/share/man", "--exclude=./usr/share/locale")
	pack.SysProcAttr, unpack.SysProcAttr = endsWithUs(), endsWithUs()
	pack.WaitDelay, unpack.WaitDelay = waitDelay, waitDelay
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	var packSays, unpackSays bytes.Buffer
	pack.Stdout, unpack.Stdin = w, r
	pack.Stderr, unpack.Stderr = &packSays, &unpackSays
	packErr, unpackErr := pack.Start(), unpack.Start()
	// Only the two programs hold the pipe: when one ends early the other does
	// too, instead of waiting for it for ever.
	w.Close()
	r.Close()
	if packErr == nil {
		packErr = pack.Wait()
	}
	if unpackErr == nil {
		unpackErr = unpack.Wait()
	}
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case unpackErr != nil: // why the packer ended too
		return fmt.Errorf("unpacking %s: %w: %s", filepath.Base(deb), unpackErr, strings.TrimSpace(unpackSays.String()+packSays.String()))
	case packErr != nil:
		return fmt.Errorf("reading %s: %w: %s", filepath.Base(deb), packErr, strings.TrimSpace(packSays.String()))
	}
	return nil
}

// waitDelay is how long what a cancelled program started may hold its output
// open: apt-get's downloaders wait half a minute for a dead network.
const waitDelay = time.Second

// endsWithUs ends a program when this one ends, so that none goes on writing
// into a folder that another run removes.
func endsWithUs() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
