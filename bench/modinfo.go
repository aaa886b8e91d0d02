// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/kmod"
)

// What every module of a kernel says about itself.
func modinfoRow() row {
	return row{
		name: "modinfo of a whole module tree", unit: "module", figure: 1.15, allocs: 1,
		open: func(b *bench) ([]way, error) {
			modules := moduleTree()
			if len(modules) == 0 {
				return nil, errUnmeasured{"no uncompressed modules on this machine; `make prepare` fetches some"}
			}
			return []way{
				b.limit("modinfo", modules...),
				{"kernlink", func() (worker, error) { return moduleWorker(modules, true, readInfoInto()), nil }},
				b.limitOfThreads("modinfo", modules...),
				{"kmod.ReadInfo", func() (worker, error) { return moduleWorker(modules, true, readInfo), nil }},
				{"debug/elf", func() (worker, error) { return moduleWorker(modules, true, readELF), nil }},
			}, nil
		},
	}
}

// moduleTree is the largest tree of modules that can be read as they are:
// those of the kernels that kerneltest has prepared, and the machine's own.
func moduleTree() []string {
	cache := os.Getenv("KERNLINK_CACHE")
	if cache == "" {
		user, _ := os.UserCacheDir()
		cache = filepath.Join(user, "kernlink")
	}
	var best []string
	for _, pattern := range []string{cache + "/roots/*/lib/modules/*", cache + "/roots/*/usr/lib/modules/*", "/lib/modules/*"} {
		trees, _ := filepath.Glob(pattern)
		for _, tree := range trees {
			var modules []string
			filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() && filepath.Ext(path) == ".ko" {
					modules = append(modules, path)
				}
				return nil // what cannot be read is not there
			})
			if len(modules) > len(best) {
				best = modules
			}
		}
	}
	return best
}

// tally is what the ways are compared by.
type tally struct{ files, entries, aliases, vermagics int }

func (t tally) facts() facts {
	f := parseFacts(fmt.Sprintf("files %d\nentries %d\naliases %d\nvermagics %d", t.files, t.entries, t.aliases, t.vermagics))
	if t.entries == 0 {
		delete(f, "entries") // kmod.Info has them in fields
	}
	return f
}

func (t *tally) add(key, value []byte) {
	t.entries++
	switch string(key) {
	case "alias":
		t.aliases++
	case "vermagic":
		t.vermagics += len(value)
	}
}

func moduleWorker(modules []string, threads bool, read func(path string, t *tally) error) inGo {
	var t tally
	all := func() error {
		for _, path := range modules {
			if err := read(path, &t); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			t.files++
		}
		return nil
	}
	return inGo{
		threads: threads,
		work: func(n int) (int, error) {
			for range n {
				if err := all(); err != nil {
					return 0, err
				}
			}
			return n * len(modules), nil
		},
		facts: func() (facts, error) {
			t = tally{}
			err := all()
			return t.facts(), err
		},
	}
}

// readInfoInto is what who reads many would call.
func readInfoInto() func(path string, t *tally) error {
	var info kmod.Info
	return func(path string, t *tally) error {
		err := kmod.ReadInfoInto(path, &info)
		t.count(&info)
		return err
	}
}

// readInfo is the easy way.
func readInfo(path string, t *tally) error {
	info, err := kmod.ReadInfo(path)
	if err != nil {
		return err
	}
	t.count(info)
	return nil
}

func (t *tally) count(info *kmod.Info) {
	t.aliases += len(info.Aliases)
	t.vermagics += len(info.Vermagic)
}

// readELF is what the standard library offers.
func readELF(path string, t *tally) error {
	file, err := elf.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	section := file.Section(".modinfo")
	if section == nil {
		return errors.New("no .modinfo section")
	}
	text, err := section.Data()
	if err != nil {
		return err
	}
	for entry := range bytes.SplitSeq(text, []byte{0}) {
		if key, value, ok := bytes.Cut(entry, []byte{'='}); ok {
			t.add(key, value)
		}
	}
	return nil
}
