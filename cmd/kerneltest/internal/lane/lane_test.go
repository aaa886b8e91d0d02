// SPDX-License-Identifier: Apache-2.0

//go:build linux

package lane

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryNameIsALaneAndNoOther(t *testing.T) {
	require.Equal(t, "6.1", Names[0], "the default")
	for _, name := range Names {
		r, err := root(name)
		require.NoError(t, err)
		require.Equal(t, "lane-"+name, r.Name)
		require.NotNil(t, r.Finish)
		require.Contains(t, r.Packages, "linux-image-cloud-amd64")
		if r.Prefer != "" {
			require.True(t, slices.Contains(r.Suites, r.Prefer))
		}
	}
	_, err := Ensure(t.Context(), nil, nil, "2.4", false)
	require.EqualError(t, err, `no lane is named "2.4": there are 6.1, 6.12, newest`)
}

// Debian moved the image from /boot to beside the modules with 7.x.
func TestTheOneImageOfAnUnpackedSystemIsFound(t *testing.T) {
	for _, c := range []struct {
		name  string
		files []string
		want  string // the image; "" for an error
	}{
		{"in boot", []string{"boot/vmlinuz-6.1.0-56-cloud-amd64"}, "boot/vmlinuz-6.1.0-56-cloud-amd64"},
		{"beside its modules", []string{"lib/modules/7.3.4/vmlinuz"}, "lib/modules/7.3.4/vmlinuz"},
		{"none", []string{"boot/config-6.1"}, ""},
		{"two", []string{"boot/vmlinuz-6.1", "boot/vmlinuz-6.2"}, ""},
		{"both places", []string{"boot/vmlinuz-6.1", "lib/modules/7.3.4/vmlinuz"}, ""},
	} {
		dir := filepath.Join(t.TempDir(), "a[b")
		for _, file := range c.files {
			put(t, filepath.Join(dir, file), "")
		}
		image, release, err := findImage(dir)
		if c.want == "" {
			require.ErrorContains(t, err, "kernel images in "+dir+" instead of one", c.name)
			continue
		}
		require.NoError(t, err, c.name)
		require.Equal(t, filepath.Join(dir, c.want), image)
		require.Contains(t, c.want, release)
		require.Regexp(t, `^\d`, release)
	}
}

func TestEmulatorOfOnesOwnIsAskedForItsVersion(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, script, version, err string }{
		{"good", "echo 'QEMU emulator version 9.2.1 (Debian 1:9.2.1)'; echo 'Copyright (c) Fabrice Bellard'", "9.2.1", ""},
		{"old", "echo 'QEMU emulator version 5.2.0 (Debian 1:5.2)'", "", `QEMU 5\.2\.0, too old: 7\.2 runs Linux 6\.1 .* leave -qemu \(make QEMU=\) away`},
		{"odd", "echo QEMU emulator version next", "", `QEMU next, too old`},
		{"cut", "echo 'QEMU emulator version '", "", `is no QEMU: it says "QEMU emulator version "`},
		{"other", "echo 'ls (GNU coreutils) 9.1'; echo 'GNU GPL version 3 or later'", "", `is no QEMU: it says "ls \(GNU coreutils\) 9\.1"`},
		{"silent", "true", "", `is no QEMU: it says ""`},
		{"broken", "echo lacks libpixman >&2; exit 127", "", `QEMU does not start: exit status 127: lacks libpixman`},
	} {
		file := put(t, filepath.Join(dir, c.name), "#!/bin/sh\n"+c.script+"\n")
		q, err := EnsureQEMU(t.Context(), nil, nil, file, false)
		if c.err != "" {
			require.Regexp(t, c.err, err, c.name)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, &QEMU{Args: []string{file}, Version: c.version}, q)
	}
	for _, none := range []string{filepath.Join(dir, "none"), "no-such-emulator"} {
		_, err := EnsureQEMU(t.Context(), nil, nil, none, false)
		require.ErrorContains(t, err, "-qemu (make QEMU=) names an emulator for x86-64")
	}
}
