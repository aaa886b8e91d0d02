// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/feature"
)

// Cmdline is /proc/cmdline: what the boot loader gave the kernel, as it is but
// for the newline at its end. modparam.Split takes it apart.
func (f *FS) Cmdline() (string, error) { return f.read("cmdline") }

// Version is /proc/version: the kernel's release and who built it, for people
// to read.
func (f *FS) Version() (string, error) { return f.read("version") }

// read is the easy tier of a file that is one line.
func (f *FS) read(name string) (string, error) {
	b, err := f.Entry(name).Read()
	return string(trimNewline(b)), err
}

// Config is what a kernel was configured with when it was built.
type Config struct{ options feature.Config }

// Value is the value of an option: "y", "m", "n" for one that is not set, a
// number, or a string in its quotes. ok is false when the kernel does not know
// the option, or another one rules it out.
func (c Config) Value(option string) (value string, ok bool) { return c.options.Value(option) }

// Len is how many options there are.
func (c Config) Len() int { return len(c.options) }

// ParseConfig reads a .config file, or /proc/config.gz as it is.
//
// errors.Is finds [ErrMalformed] for bytes that are neither. It allocates the
// whole.
func ParseConfig(b []byte) (Config, error) {
	options, err := feature.ReadConfig(b)
	if err != nil || len(options) == 0 {
		return Config{}, malformed("", b, "not the configuration of a kernel")
	}
	return Config{options}, nil
}

// Config reads /proc/config.gz.
//
// errors.Is finds [kernlink.ErrNotSupported] in a kernel without
// CONFIG_IKCONFIG_PROC, or whose module configs is not loaded: most
// distributions put the file into /boot instead.
func (f *FS) Config() (Config, error) {
	file := f.Entry("config.gz")
	b, err := file.Read()
	if err != nil {
		return Config{}, lacking(err, "it needs CONFIG_IKCONFIG_PROC (modprobe configs); else look for /boot/config-RELEASE, which ParseConfig reads")
	}
	c, err := ParseConfig(b)
	if e, ok := err.(*kernlink.Error); ok {
		e.Path = file.Path()
	}
	return c, err
}
