// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package debian unpacks Debian packages, with all that they depend on, into
// folders of their own. Nothing is installed: the machine's packages, its apt
// lists and its running kernel stay as they are, and no root is needed.
package debian

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/progress"
)

// Root says what to unpack.
type Root struct {
	Name     string   // "lane-6.1"
	Suites   []string // "bookworm", "bookworm-security", ...
	Prefer   string   // the suite whose versions win, "" for apt's own choice
	Packages []string
	Merged   bool // /bin, /lib, ... are links into /usr, as packages expect since trixie
	// Finish completes the unpacked folder: what the packages' own scripts
	// would have done and what is needed of it here.
	Finish func(ctx context.Context, dir string) error
}

// key names what Root asks for: another list of packages is another root.
func (r Root) key() string {
	// The number counts the ways of unpacking there were.
	sum := sha256.Sum256(fmt.Append(nil, 2, r.Name, r.Suites, r.Prefer, r.Packages, r.Merged))
	return r.Name + "-" + hex.EncodeToString(sum[:3])
}

// lock is held while the root is prepared.
func (r Root) lock() string { return "root-" + r.key() }

// Ensure returns the folder of r, unpacked now if it is not in the cache.
// With update the archive is asked for newer packages first; what is in use
// stays where it is.
func (r Root) Ensure(ctx context.Context, c *cache.Cache, line *progress.Line, update bool) (string, error) {
	link, _ := c.Path("roots/" + r.key())
	if dir, err := filepath.EvalSymlinks(link); err == nil && !update {
		cache.Use(dir)
		return dir, nil
	}
	if err := requireApt(); err != nil {
		return "", err
	}
	unlock, err := c.Lock(ctx, r.lock())
	if err != nil {
		return "", err
	}
	defer unlock()
	if dir, err := filepath.EvalSymlinks(link); err == nil && !update {
		return dir, nil
	}
	dir, err := r.unpack(ctx, c, line)
	if err != nil {
		return "", fmt.Errorf("preparing %s: %w", r.Name, err)
	}
	return dir, point(link, dir)
}

// unpack makes the folder for the packages that the archive offers now; the
// caller holds the root's lock.
func (r Root) unpack(ctx context.Context, c *cache.Cache, line *progress.Line) (string, error) {
	m, err := findMirrors("/")
	if err != nil {
		return "", err
	}
	tmp, err := c.Temp(r.lock())
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	a, err := newApt(tmp, m, r.Suites, r.Prefer)
	if err != nil {
		return "", err
	}
	return r.from(ctx, a, c, line)
}

// from makes the folder of what apt finds.
func (r Root) from(ctx context.Context, a *apt, c *cache.Cache, line *progress.Line) (string, error) {
	line.Step("%s: reading the package lists", r.Name)
	if err := a.update(ctx); err != nil {
		return "", err
	}
	set, err := a.solve(ctx, r.Packages)
	if err != nil {
		return "", err
	}
	key := "roots/" + r.key() + "." + set.hash()
	if dir, ok := c.Path(key); ok {
		cache.Use(dir)
		return dir, nil
	}
	if err := c.NeedSpace(6*set.bytes()+200<<20, r.Name); err != nil {
		return "", err
	}
	return c.Make(ctx, key, func(dir string) error {
		line.Step("%s: fetching %d packages, %d MB", r.Name, len(set), set.bytes()>>20)
		debs, err := a.fetch(ctx, r.Packages)
		if err != nil {
			return err
		}
		if len(debs) != len(set) {
			return fmt.Errorf("apt fetched %d of %d packages", len(debs), len(set))
		}
		if err := r.skeleton(dir); err != nil {
			return err
		}
		for i, deb := range debs {
			line.Tick("%s: unpacking %d of %d", r.Name, i+1, len(debs))
			if err := extract(ctx, deb, dir); err != nil {
				return err
			}
		}
		if r.Finish == nil {
			return nil
		}
		return r.Finish(ctx, dir)
	})
}

// skeleton makes the links that the package base-files or an installer would
// have made.
func (r Root) skeleton(dir string) error {
	if !r.Merged {
		return nil
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := os.MkdirAll(filepath.Join(dir, "usr", name), 0o755); err != nil {
			return err
		}
		if err := os.Symlink("usr/"+name, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// point makes link lead to dir in one step.
func point(link, dir string) error {
	tmp := link + ".new"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.Symlink(filepath.Base(dir), tmp); err != nil {
		return err
	}
	return os.Rename(tmp, link)
}

// debs is the list of packages that a solution needs.
type debs []deb

type deb struct {
	file string
	size int64
}

func (d debs) bytes() (n int64) {
	for _, deb := range d {
		n += deb.size
	}
	return n
}

// hash names the exact versions.
func (d debs) hash() string {
	var names []string
	for _, deb := range d {
		names = append(names, deb.file)
	}
	sum := sha256.Sum256([]byte(strings.Join(names, "\n")))
	return hex.EncodeToString(sum[:5])
}
