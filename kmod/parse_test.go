// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/modparam"
)

func ExampleParseInfo() {
	b := fakeModule("license=GPL", "description=Says its parameters to the kernel log",
		"parmtype=cnt:int", "parm=cnt:How many of args to print", "vermagic=6.1.0 SMP preempt mod_unload")
	info, err := kmod.ParseInfo(bytes.NewReader(b), int64(len(b)))
	fmt.Println(info.License, info.Vermagic, err)
	for _, p := range info.Params {
		fmt.Printf("%s (%s): %s\n", p.Name, p.Type, p.Description)
	}
	// Output:
	// GPL 6.1.0 SMP preempt mod_unload <nil>
	// cnt (int): How many of args to print
}

func parse(b []byte) (*kmod.Info, error) {
	return kmod.ParseInfo(bytes.NewReader(b), int64(len(b)))
}

func TestParseInfoGivesEveryEntryItsField(t *testing.T) {
	got, err := parse(append(fakeModule(
		"version=1.2", "license=GPL v2", "license=GPL", "author=A <a@example.org>", "author=B",
		"description=two\nlines", "srcversion=0123", "name=snd_x", "vermagic=6.1.0 SMP ",
		"alias=pci:v00008086d*", "alias=platform:x", "depends=snd-pcm,snd", "softdep=pre: a b post: c",
		"firmware=x/y.bin", "import_ns=DMA_BUF", "intree=Y", "retpoline=Y", "staging=Y", "livepatch=Y", "odd",
		"parm=cb:a callback: any", "parmtype=list:array of int", "parm=list:some", "parmtype=bare:bool",
	), "whatever~Module signature appended~\n"...))
	require.NoError(t, err)
	require.Equal(t, &kmod.Info{
		Name: "snd_x", Version: "1.2", SrcVersion: "0123", License: "GPL v2", Description: "two\nlines",
		Authors: []string{"A <a@example.org>", "B"},
		Depends: []string{"snd-pcm", "snd"}, SoftDeps: []string{"pre: a b post: c"},
		Aliases: []string{"pci:v00008086d*", "platform:x"}, Firmware: []string{"x/y.bin"}, Imports: []string{"DMA_BUF"},
		Vermagic: "6.1.0 SMP ", InTree: true, Retpoline: true, Staging: true, Signed: true,
		Params: []modparam.Spec{
			{Name: "cb", Description: "a callback: any"},
			{Name: "list", Type: "array of int", Description: "some"},
			{Name: "bare", Type: "bool"},
		},
		Other: []string{"license=GPL", "livepatch=Y", "odd"},
	}, got)
}

func TestParseInfoReadsEveryPackingByItsMagic(t *testing.T) {
	b := fakeModule("license=GPL", "name=packed")
	for name, pack := range packers {
		t.Run(name, func(t *testing.T) {
			info, err := parse(pack(t, b))
			require.NoError(t, err)
			require.Equal(t, "packed", info.Name)
		})
	}
}

func TestParseInfoTellsWhatIsNoModule(t *testing.T) {
	b := fakeModule("license=GPL")
	bad := map[string][]byte{
		"empty":       nil,
		"text":        []byte("#!/bin/sh\n"),
		"ELF cut off": b[:100],
	}
	for name, pack := range packers {
		packed := pack(t, b)
		bad[name+" cut off"] = packed[:len(packed)/2]
		if name != "plain" {
			bad[name+" of text"] = pack(t, []byte("text"))
			bad[name+" magic only"] = packed[:6]
		}
	}
	for name, b := range bad {
		t.Run(name, func(t *testing.T) {
			_, err := parse(b)
			require.ErrorIs(t, err, kmod.ErrFormat)
			_, ok := errors.AsType[*kernlink.Error](err)
			require.True(t, ok)
		})
	}
}

func TestReadInfoReadsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "any.name")
	require.NoError(t, os.WriteFile(path, fakeModule("name=x"), 0o600))
	info, err := kmod.ReadInfo(path)
	require.NoError(t, err)
	require.Equal(t, "x", info.Name)
}

func TestReadInfoOfNoFileIsNotExist(t *testing.T) {
	_, err := kmod.ReadInfo("/nonexistent/x.ko")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.EqualError(t, err, "kmod: read info /nonexistent/x.ko: no such file or directory")

	_, err = kmod.ReadInfo(t.TempDir())
	require.ErrorIs(t, err, syscall.EISDIR)
}

func FuzzParseInfo(f *testing.F) {
	b := fakeModule("license=GPL", "parm=a:b", "parmtype=a:int", "depends=x,y")
	for _, pack := range packers {
		f.Add(pack(f, b))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		info, err := parse(b)
		require.Equal(t, err == nil, info != nil)
	})
}
