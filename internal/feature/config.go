// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// ErrNoConfig says that the kernel's configuration is nowhere to be found.
var ErrNoConfig = errors.New("the kernel's configuration is neither in /proc/config.gz nor in /boot or /lib/modules")

// Config is a kernel's configuration: options and their values.
type Config map[string]string

// RunningConfig returns the configuration of the running kernel.
func RunningConfig() (Config, error) {
	k, err := sys.Uname()
	if err != nil {
		return nil, err
	}
	return LoadConfig("/", k.Release)
}

// LoadConfig looks for the configuration below root where kernels and
// distributions keep it. The kernel's own copy comes first: the others may be
// of another build.
func LoadConfig(root, release string) (Config, error) {
	text, err := sys.ReadFile(filepath.Join(root, "proc/config.gz"))
	if err == nil {
		if text, err = gunzip(text); err != nil {
			return nil, fmt.Errorf("/proc/config.gz: %w", err)
		}
		return ParseConfig(text), nil
	}
	for _, name := range []string{
		"boot/config-" + release,
		"lib/modules/" + release + "/config",
		"lib/modules/" + release + "/build/.config",
	} {
		text, err := sys.ReadFile(filepath.Join(root, name))
		switch {
		case err == nil:
			return ParseConfig(text), nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil, ErrNoConfig
}

// maxConfig is far more than any kernel's configuration.
const maxConfig = 16 << 20

func gunzip(text []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, maxConfig))
}

// ParseConfig reads a .config file. Options that are not set have the value
// "n"; lines of other forms are passed over.
func ParseConfig(text []byte) Config {
	c := Config{}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "# "); ok {
			if name, ok = strings.CutSuffix(name, " is not set"); ok && strings.HasPrefix(name, "CONFIG_") {
				c[name] = "n"
			}
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "CONFIG_") {
			c[name] = value
		}
	}
	return c
}

// Value returns an option's value: "y", "m", "n" for not set, a number, or a
// string in its quotes. ok is false when the configuration does not mention
// it: the kernel is too old or too new to have it, or another option rules it
// out.
func (c Config) Value(option string) (value string, ok bool) {
	value, ok = c[option]
	return value, ok
}
