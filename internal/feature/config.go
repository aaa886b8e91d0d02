// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/sys"
)

// ErrNoConfig says that the kernel's configuration is nowhere to be found.
var ErrNoConfig = errors.New("the kernel's configuration is neither in /proc/config.gz nor in /boot or /lib/modules")

// Config is a kernel's configuration: options and their values.
type Config map[string]string

// RunningConfig returns the configuration of the running kernel. The errors
// are those of [LoadConfig], and errors.ErrUnsupported where there is no Linux.
func RunningConfig() (Config, error) {
	k, err := sys.Uname()
	if err != nil {
		return nil, failed("uname", "", err)
	}
	return LoadConfig("/", k.Release)
}

// LoadConfig looks for the configuration below root where kernels and
// distributions keep it: /proc/config.gz, /boot/config-RELEASE,
// /lib/modules/RELEASE/config and .../build/.config. The kernel's own copy
// comes first: the others may be of another build. release must be that of
// root's kernel, since /proc/config.gz does not say whose it is.
//
// A file that is missing, unreadable or no configuration is passed over. When
// none is left the error is [ErrNoConfig] and kernlink.ErrNotSupported, with
// what was wrong with each file below it.
func LoadConfig(root, release string) (Config, error) {
	if !sys.IsName(release) {
		return nil, failed("load config", release, ErrFormat)
	}
	all := []error{ErrNoConfig}
	for _, name := range []string{
		"proc/config.gz",
		"boot/config-" + release,
		"lib/modules/" + release + "/config",
		"lib/modules/" + release + "/build/.config",
	} {
		config, err := loadConfig(filepath.Join(root, name))
		if err == nil {
			return config, nil
		}
		all = append(all, err)
	}
	return nil, &kernlink.Error{
		Channel: channel, Op: "load config", Path: release, Kind: kernlink.ErrNotSupported, Err: &noConfig{all},
		Hint: "load the kernel's module configs, or install its /boot/config or its headers",
	}
}

// noConfig reads as ErrNoConfig alone: four files that do not exist are no
// news, and errors.Is still finds what is.
type noConfig struct{ all []error }

func (*noConfig) Error() string     { return ErrNoConfig.Error() }
func (e *noConfig) Unwrap() []error { return e.all }

func loadConfig(path string) (Config, error) {
	text, err := sys.ReadFile(path)
	if err != nil {
		return nil, failed("read", path, err)
	}
	config, err := ReadConfig(text)
	if err != nil {
		return nil, failed("read", path, err)
	}
	if len(config) == 0 {
		return nil, failed("read", path, ErrFormat)
	}
	return config, nil
}

// maxConfig is far more than any kernel's configuration.
const maxConfig = 16 << 20

// gunzip unpacks what begins with gzip's magic and returns all else as it is.
func gunzip(text []byte) ([]byte, error) {
	if !bytes.HasPrefix(text, []byte{0x1f, 0x8b}) {
		return text, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	unpacked, err := io.ReadAll(io.LimitReader(r, maxConfig+1))
	if err == nil && len(unpacked) > maxConfig {
		err = ErrFormat
	}
	return unpacked, err
}

// ReadConfig is [ParseConfig] for a file that may be packed by gzip, as
// /proc/config.gz is.
func ReadConfig(text []byte) (Config, error) {
	text, err := gunzip(text)
	if err != nil {
		return nil, err
	}
	return ParseConfig(text), nil
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
