// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Package cache keeps what is costly to prepare (kernels, build roots, built
// modules) in one folder of the user's, shared by all checkouts.
//
// An entry is a folder that appears whole or not at all: it is made under
// another name and renamed when it is complete, under a lock of its own, so
// two runs that want the same entry make it once and an interrupted run
// leaves nothing that a later one would take for finished.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/kernlink/kernlink/internal/sys"
)

// Cache is a folder of prepared things.
type Cache struct {
	dir  string
	wait func(key string)
}

// Open returns the user's cache: $KERNLINK_CACHE, or the folder kernlink in
// the user's cache folder. wait, which may be nil, is told of entries that
// another run is making just now.
func Open(wait func(key string)) (*Cache, error) {
	dir := os.Getenv("KERNLINK_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("no cache folder: %w: set KERNLINK_CACHE to a folder", err)
		}
		dir = filepath.Join(user, "kernlink")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := claim(dir); err != nil {
		return nil, err
	}
	for _, sub := range []string{"lock", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return nil, fmt.Errorf("cannot make the cache folder: %w", explain(err, dir))
		}
	}
	c := &Cache{dir: dir, wait: wait}
	c.sweep()
	return c, nil
}

// tag marks a cache folder for this package, and for programs that back up
// (bford.info/cachedir).
const (
	tagFile = "CACHEDIR.TAG"
	tagText = "Signature: 8a477f597d28d172789f06886806bc55\n# kernels and modules of kerneltest; may be removed while nothing runs\n"
)

// claim makes the folder, and marks it. A folder that holds other things is
// refused: what is swept and pruned later must be nobody else's.
func claim(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, tagFile)); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the cache folder: %w", explain(err, dir))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("cannot read the cache folder: %w", explain(err, dir))
	}
	// Two first runs may claim it at once: the other one's mark is as good.
	ours := func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), tagFile) }
	if len(entries) > 0 && !slices.ContainsFunc(entries, ours) {
		return fmt.Errorf("%s holds other things: set KERNLINK_CACHE to a folder that is empty or does not exist", dir)
	}
	tmp := filepath.Join(dir, fmt.Sprintf("%s.%d", tagFile, os.Getpid()))
	if err := os.WriteFile(tmp, []byte(tagText), 0o644); err != nil {
		return explain(err, dir)
	}
	return explain(os.Rename(tmp, filepath.Join(dir, tagFile)), dir)
}

// Dir is the folder of the cache.
func (c *Cache) Dir() string { return c.dir }

// Path returns where the entry key is, and whether it is there.
func (c *Cache) Path(key string) (string, bool) {
	path := filepath.Join(c.dir, filepath.FromSlash(key))
	_, err := os.Stat(path)
	return path, err == nil
}

// Make returns the folder of the entry key and calls make to fill an empty
// one when it is not there yet.
func (c *Cache) Make(ctx context.Context, key string, make func(dir string) error) (string, error) {
	path, ok := c.Path(key)
	if ok {
		Use(path)
		return path, nil
	}
	unlock, err := c.Lock(ctx, key)
	if err != nil {
		return "", err
	}
	defer unlock()
	if path, ok = c.Path(key); ok {
		return path, nil
	}
	tmp, err := c.Temp(key)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := make(tmp); err != nil {
		return "", explain(err, c.dir)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", explain(err, c.dir)
	}
	Use(tmp)
	return path, explain(os.Rename(tmp, path), c.dir)
}

// Use marks an entry's folder as in use, so that [Cache.Prune] keeps it.
func Use(path string) {
	now := time.Now()
	_ = os.Chtimes(path, now, now) // nothing else depends on it
}

// Lock takes the lock named key, waiting for another run to give it back.
func (c *Cache) Lock(ctx context.Context, key string) (unlock func(), err error) {
	for first := true; ; first = false {
		unlock, err := c.tryLock(key)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return unlock, err
		}
		if first && c.wait != nil {
			c.wait(key)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockInterval):
		}
	}
}

// lockInterval is how often a lock that is taken is tried again.
const lockInterval = 200 * time.Millisecond

// tryLock takes a lock or fails with EWOULDBLOCK. The lock ends with the
// process that holds it, however that ends.
func (c *Cache) tryLock(key string) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(c.dir, "lock", flat(key)), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, explain(err, c.dir)
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	var lockErr error
	if err := conn.Control(func(fd uintptr) { lockErr = sys.TryLock(int(fd)) }); err != nil {
		lockErr = err
	}
	if lockErr != nil {
		f.Close()
		return nil, fmt.Errorf("locking %s: %w", f.Name(), lockErr)
	}
	return func() { f.Close() }, nil
}

// Temp makes an empty folder for the holder of the lock key, who removes it;
// if it cannot, a later run does.
func (c *Cache) Temp(key string) (string, error) {
	// A name that was never used: programs that an interrupted run started
	// may still be writing into its own.
	tmp, err := os.MkdirTemp(filepath.Join(c.dir, "tmp"), flat(key)+".")
	if err != nil {
		return "", explain(err, c.dir)
	}
	return tmp, os.Chmod(tmp, 0o755)
}

// sweep removes what interrupted runs left: temporary folders whose lock
// nobody holds.
func (c *Cache) sweep() {
	entries, err := os.ReadDir(filepath.Join(c.dir, "tmp"))
	if err != nil {
		return
	}
	for _, e := range entries {
		name := e.Name()
		unlock, err := c.tryLock(strings.TrimSuffix(name, filepath.Ext(name)))
		if err != nil {
			continue
		}
		os.RemoveAll(filepath.Join(c.dir, "tmp", name))
		unlock()
	}
}

// Prune removes the entries below the folder kind that were not used for
// longer than age.
func (c *Cache) Prune(kind string, age time.Duration) {
	entries, err := os.ReadDir(filepath.Join(c.dir, kind))
	if err != nil {
		return
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && info.IsDir() && time.Since(info.ModTime()) > age {
			c.remove(kind + "/" + e.Name())
		}
	}
}

// remove takes an entry away in one step, so that an interruption leaves no
// half of it.
func (c *Cache) remove(key string) {
	unlock, err := c.tryLock(key)
	if err != nil {
		return
	}
	defer unlock()
	tmp, err := c.Temp(key)
	if err != nil {
		return
	}
	defer os.RemoveAll(tmp)
	path, _ := c.Path(key)
	_ = os.Rename(path, filepath.Join(tmp, "old")) // what cannot be moved stays whole
}

// NeedSpace fails with a message that says what to do when less than bytes
// are free where the cache is.
func (c *Cache) NeedSpace(bytes int64, what string) error {
	free, err := sys.FreeBytes(c.dir)
	if err != nil || free >= bytes {
		return nil
	}
	return fmt.Errorf("%s needs %d MB and %s has %d MB free: free some, or set KERNLINK_CACHE to a folder on another disk",
		what, bytes>>20, c.dir, free>>20)
}

// explain adds to the errors of a full or read-only disk what to do.
func explain(err error, dir string) error {
	if err == nil {
		return nil
	}
	// A source that cannot be read is no trouble of the cache's.
	ours := strings.Contains(err.Error(), dir)
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT), strings.Contains(err.Error(), "No space left on device"), isFull(dir):
		return fmt.Errorf("%w: the disk of %s is full: free some, or set KERNLINK_CACHE to a folder on another disk", err, dir)
	case ours && (errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR)):
		return fmt.Errorf("%w: set KERNLINK_CACHE to a folder that can be written", err)
	}
	return err
}

// isFull is for what programs say in words of their own when a disk is full
// (tar: "Wrote only 512 of 10240 bytes").
func isFull(dir string) bool {
	free, err := sys.FreeBytes(dir)
	return err == nil && free < 1<<20
}

// flat is key as one file name.
func flat(key string) string { return strings.NewReplacer("/", "_", "*", "_").Replace(key) }
