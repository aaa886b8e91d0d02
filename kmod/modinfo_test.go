// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kmod"
)

// The files below testdata/modinfo are of Debian's linux-image 6.1.192-2:
//
//	objcopy -O binary --only-section=.modinfo cifs.ko cifs.section
//	modinfo -0 cifs.ko > cifs.out     (kmod 30, less the file's name and the signature)
func TestInfoAgreesWithModinfo(t *testing.T) {
	sections, err := filepath.Glob("testdata/modinfo/*.section")
	require.NoError(t, err)
	require.NotEmpty(t, sections)
	for _, path := range sections {
		t.Run(filepath.Base(path), func(t *testing.T) {
			section, err := os.ReadFile(path)
			require.NoError(t, err)
			info, err := parse(fakeModule(strings.Split(string(section), "\x00")...))
			require.NoError(t, err)

			out, err := os.ReadFile(strings.TrimSuffix(path, "section") + "out")
			require.NoError(t, err)
			require.Equal(t, modinfoLines(string(out)), infoLines(info))
		})
	}
}

// modinfoLines sorts what modinfo -0 printed and puts it into one form.
func modinfoLines(out string) []string {
	var lines []string
	for entry := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		if rest, ok := strings.CutPrefix(entry, "parm:"); ok {
			entry = "parm=" + strings.TrimSpace(rest)
		}
		if key, _, _ := strings.Cut(entry, "="); strings.HasPrefix(entry, "filename:") ||
			slices.Contains([]string{"sig_id", "signer", "sig_key", "sig_hashalgo", "signature"}, key) {
			continue
		}
		lines = append(lines, entry)
	}
	slices.Sort(lines)
	return lines
}

// infoLines writes an Info in the same form.
func infoLines(info *kmod.Info) []string {
	lines := slices.Clone(info.Other)
	add := func(key string, values ...string) {
		for _, v := range values {
			lines = append(lines, key+"="+v)
		}
	}
	text := func(key, value string) {
		if value != "" {
			add(key, value)
		}
	}
	flag := func(key string, set bool) {
		if set {
			add(key, "Y")
		}
	}
	text("name", info.Name)
	text("version", info.Version)
	text("srcversion", info.SrcVersion)
	text("license", info.License)
	text("description", info.Description)
	text("vermagic", info.Vermagic)
	add("depends", strings.Join(info.Depends, ","))
	add("author", info.Authors...)
	add("alias", info.Aliases...)
	add("softdep", info.SoftDeps...)
	add("firmware", info.Firmware...)
	add("import_ns", info.Imports...)
	flag("intree", info.InTree)
	flag("retpoline", info.Retpoline)
	flag("staging", info.Staging)
	for _, p := range info.Params {
		switch {
		case p.Type == "":
			add("parm", p.Name+":"+p.Description)
		case p.Description == "":
			add("parm", p.Name+":"+string(p.Type))
		default:
			add("parm", p.Name+":"+p.Description+" ("+string(p.Type)+")")
		}
	}
	slices.Sort(lines)
	return lines
}
