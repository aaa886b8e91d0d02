// SPDX-License-Identifier: Apache-2.0

//go:build linux

package lane

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// Own returns the lane of a kernel image that somebody brings, with its
// headers in build, which may be "" when no module has to be built.
func Own(image, build string) (*Lane, error) {
	release, err := imageRelease(image)
	if err != nil {
		return nil, fmt.Errorf("-kernel (make KERNEL=): %w", err)
	}
	l := &Lane{Name: "own", Kernel: image, Release: release}
	if build != "" {
		if build, err = filepath.Abs(build); err != nil {
			return nil, err
		}
		got, err := buildRelease(build)
		if err != nil {
			return nil, fmt.Errorf("-kdir (make KDIR=): %w: it must be a kernel's prepared build or header folder", err)
		}
		if got != release {
			return nil, fmt.Errorf("-kdir (make KDIR=) is for %s and the kernel is %s: modules built there would not load", got, release)
		}
		l.Build = build
	}
	l.findFiles(filepath.Dir(image))
	return l, nil
}

var utsRelease = regexp.MustCompile(`(?m)^#define UTS_RELEASE "([^"]+)"`)

// buildRelease says which kernel modules built in a folder are for. The header
// decides: Debian's kernel.release has the version without the ABI's name.
func buildRelease(build string) (string, error) {
	text, err := os.ReadFile(filepath.Join(build, "include/generated/utsrelease.h"))
	if match := utsRelease.FindSubmatch(text); match != nil {
		return string(match[1]), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	text, err = os.ReadFile(filepath.Join(build, "include/config/kernel.release"))
	return strings.TrimSpace(string(text)), err
}

// findFiles looks where distributions and kernel trees keep the modules and
// the configuration of a kernel.
func (l *Lane) findFiles(imageDir string) {
	for _, dir := range []string{
		filepath.Join("/lib/modules", l.Release),
		filepath.Join(imageDir, "../lib/modules", l.Release),
	} {
		if _, err := os.Stat(filepath.Join(dir, "modules.dep")); err == nil {
			l.Modules = dir
			break
		}
	}
	if l.Build == "" && l.Modules != "" {
		if build, err := filepath.EvalSymlinks(filepath.Join(l.Modules, "build")); err == nil {
			l.Build = build
		}
	}
	configs := []string{filepath.Join(imageDir, "config-"+l.Release)}
	if l.Modules != "" {
		configs = append(configs, filepath.Join(l.Modules, "config"))
	}
	if l.Build != "" {
		configs = append(configs, filepath.Join(l.Build, ".config"))
	}
	for _, file := range configs {
		if _, err := os.Stat(file); err == nil {
			l.Config = file
			break
		}
	}
}

// imageRelease reads a bzImage's version text
// (Documentation/arch/x86/boot.rst: kernel_version at 0x20e).
func imageRelease(image string) (string, error) {
	f, err := os.Open(image)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, 0x210)
	if _, err := io.ReadFull(f, head); err != nil || string(head[0x202:0x206]) != "HdrS" {
		return "", fmt.Errorf("%s is no x86 kernel image (bzImage)", image)
	}
	offset := binary.LittleEndian.Uint16(head[0x20e:])
	if offset == 0 {
		return "", fmt.Errorf("%s does not say which version it is", image)
	}
	text := make([]byte, 256)
	at := int64(offset) + 0x200
	n, err := f.ReadAt(text, at)
	if err != nil && err != io.EOF {
		return "", err
	}
	text, _, _ = bytes.Cut(text[:n], []byte{0})
	release, _, _ := strings.Cut(string(text), " ")
	if release == "" {
		return "", fmt.Errorf("%s does not say which version it is", image)
	}
	return release, nil
}
