// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/kernlink/kernlink"
	"github.com/stretchr/testify/require"
)

func TestReleasesOfDistributionsAreRead(t *testing.T) {
	for text, want := range map[string]Version{
		"6.1.0-56-cloud-amd64":         {6, 1, 0},
		"6.12.95+deb12-cloud-amd64":    {6, 12, 95},
		"7.3.4+deb13-cloud-amd64":      {7, 3, 4},
		"6.18.44-fc-v509":              {6, 18, 44},
		"5.14.0-427.13.1.el9_4.x86_64": {5, 14, 0},
		"6.1-rc3":                      {6, 1, 0},
		"4.19":                         {4, 19, 0},
	} {
		got, err := ParseRelease(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "six", "6", "6.", ".1", "6-rc1", "99999999999999999999.1"} {
		_, err := ParseRelease(text)
		require.Error(t, err, text)
	}
}

func TestDebianSaysTheRealVersionElsewhere(t *testing.T) {
	v, ok := debianVersion("#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-07-02)")
	require.True(t, ok)
	require.Equal(t, Version{6, 1, 192}, v)
	_, ok = debianVersion("#1 SMP PREEMPT_DYNAMIC @0")
	require.False(t, ok)
}

func TestVersionsCompareByNumberNotByText(t *testing.T) {
	require.True(t, Version{6, 12, 0}.AtLeast(6, 2))
	require.False(t, Version{6, 1, 192}.AtLeast(6, 2))
	require.True(t, Version{7, 0, 0}.AtLeast(6, 18))
	require.True(t, Version{6, 1, 0}.AtLeast(6, 1))
	require.Equal(t, "Linux 6.1.192", Version{6, 1, 192}.String())
}

func TestRunningKernelHasAVersion(t *testing.T) {
	v, err := RunningKernel()
	require.NoError(t, err)
	require.True(t, v.AtLeast(3, 0), v)
}

func TestCapabilityNumbersAreTheHeaders(t *testing.T) {
	const header = "/usr/include/linux/capability.h"
	text, err := os.ReadFile(header)
	if err != nil {
		text = []byte("#define CAP_CHOWN            0\n#define CAP_SYS_MODULE       16\n#define CAP_CHECKPOINT_RESTORE	40\n")
	}
	matches := regexp.MustCompile(`(?m)^#define (CAP_[A-Z_]+)\s+(\d+)$`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, matches)
	for _, m := range matches {
		want, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		got, ok := Capability(m[1])
		require.True(t, ok, m[1])
		require.Equal(t, want, got, m[1])
	}
}

func TestCapabilitiesAndSeccompComeFromStatus(t *testing.T) {
	root := tree(t, map[string]string{"proc/thread-self/status": "Name:\tx\nCapInh:\t0\nCapEff:\t0000000000010001\nSeccomp:\t2\n"})
	set, err := EffectiveCapabilities(root)
	require.NoError(t, err)
	require.EqualValues(t, 1<<16|1, set)
	mode, err := Seccomp(root)
	require.NoError(t, err)
	require.Equal(t, 2, mode)

	_, err = HasCapability("CAP_NONSENSE")
	require.ErrorContains(t, err, "CAP_NONSENSE")
	_, err = HasCapability("CAP_CHOWN")
	require.NoError(t, err)
}

func TestConfigIsFoundWhereKernelsKeepIt(t *testing.T) {
	const text = "# a comment\nCONFIG_NET=y\nCONFIG_DUMMY=m\n# CONFIG_PWM is not set\nCONFIG_HZ=250\nCONFIG_X=\"a b\"\nnonsense\n"
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, c := range []struct{ name, text string }{
		{"proc/config.gz", packed.String()},
		{"boot/config-6.1.0", text},
		{"lib/modules/6.1.0/config", text},
		{"lib/modules/6.1.0/build/.config", text},
	} {
		config, err := LoadConfig(tree(t, map[string]string{c.name: c.text}), "6.1.0")
		require.NoError(t, err, c.name)
		require.Equal(t, Config{"CONFIG_NET": "y", "CONFIG_DUMMY": "m", "CONFIG_PWM": "n", "CONFIG_HZ": "250", "CONFIG_X": `"a b"`}, config)
	}
	_, err = LoadConfig(t.TempDir(), "6.1.0")
	require.ErrorIs(t, err, ErrNoConfig)
	require.ErrorIs(t, err, kernlink.ErrNotSupported)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.NotContains(t, err.Error(), "\n")

	for name, damaged := range map[string]string{"no gzip": "no gzip", "cut off": packed.String()[:packed.Len()/2], "empty": "", "only magic": "\x1f\x8b"} {
		root := tree(t, map[string]string{"proc/config.gz": damaged})
		_, err = LoadConfig(root, "6.1.0")
		require.ErrorIs(t, err, ErrNoConfig, name)
		root = tree(t, map[string]string{"proc/config.gz": damaged, "boot/config-6.1.0": text})
		config, err := LoadConfig(root, "6.1.0")
		require.NoError(t, err, name)
		require.Equal(t, "y", config["CONFIG_NET"])
	}
	for _, release := range []string{"", ".", "..", "../etc", "a\x00"} {
		_, err = LoadConfig("/", release)
		require.ErrorIs(t, err, ErrFormat)
	}
}

func TestLockdownIsTheWordInBrackets(t *testing.T) {
	const file = "sys/kernel/security/lockdown"
	require.Equal(t, "integrity", Lockdown(tree(t, map[string]string{file: "none [integrity] confidentiality\n"})))
	require.Equal(t, "none", Lockdown(tree(t, map[string]string{file: "[none] integrity confidentiality\n"})))
	require.Equal(t, "none", Lockdown(t.TempDir()))
	require.Equal(t, "none", Lockdown(tree(t, map[string]string{file: "garbage"})))
	_, known := LockdownState(tree(t, map[string]string{file: "[none] integrity confidentiality\n"}))
	require.True(t, known)
	_, known = LockdownState(t.TempDir())
	require.False(t, known)
}

func TestConfigBoundsWhatItUnpacks(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(append([]byte("CONFIG_NET=y\n"), make([]byte, maxConfig)...))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	_, err = LoadConfig(tree(t, map[string]string{"proc/config.gz": packed.String()}), "6.1.0")
	require.ErrorIs(t, err, ErrFormat)
}

func TestDamagedStatusIsAnErrorOfTheHouse(t *testing.T) {
	for name, status := range map[string]string{"empty": "", "no number": "CapEff:\tx\nSeccomp:\t3\n", "too long": "CapEff:\t10000000000000000\nSeccomp:\t-1\n"} {
		root := tree(t, map[string]string{"proc/thread-self/status": status})
		_, err := EffectiveCapabilities(root)
		require.ErrorIs(t, err, ErrFormat, name)
		e, ok := errors.AsType[*kernlink.Error](err)
		require.True(t, ok)
		require.Equal(t, "feature", e.Channel)
		if status != "" {
			_, err = Seccomp(root)
			require.ErrorIs(t, err, ErrFormat, name)
		}
	}
	mode, err := Seccomp(tree(t, map[string]string{"proc/thread-self/status": "Name:\tx\n"}))
	require.NoError(t, err)
	require.Zero(t, mode, "a kernel without seccomp")
	_, err = Seccomp(t.TempDir())
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func ExampleParseConfig() {
	config := ParseConfig([]byte("CONFIG_CONFIGFS_FS=m\n# CONFIG_RELAY is not set\n"))
	for _, option := range []string{"CONFIG_CONFIGFS_FS", "CONFIG_RELAY", "CONFIG_NO_SUCH"} {
		value, known := config.Value(option)
		fmt.Printf("%s %q %t\n", option, value, known)
	}
	// Output:
	// CONFIG_CONFIGFS_FS "m" true
	// CONFIG_RELAY "n" true
	// CONFIG_NO_SUCH "" false
}

func ExampleVersion_AtLeast() {
	v, _ := ParseRelease("6.12.95+deb12-cloud-amd64")
	fmt.Println(v, v.AtLeast(6, 2), v.AtLeast(6, 18))
	// Output: Linux 6.12.95 true false
}

func TestTaintIsANumberOfBits(t *testing.T) {
	const file = "proc/sys/kernel/tainted"
	require.EqualValues(t, 12288, Tainted(tree(t, map[string]string{file: "12288\n"})))
	require.Zero(t, Tainted(tree(t, map[string]string{file: "garbage"})))
	require.Zero(t, Tainted(t.TempDir()))
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte("CONFIG_NET=y\n# CONFIG_PWM is not set\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for name := range ParseConfig(text) {
			require.Regexp(t, `^CONFIG_`, name)
		}
	})
}

func FuzzParseRelease(f *testing.F) {
	f.Add("6.1.0-56-cloud-amd64")
	f.Fuzz(func(t *testing.T, text string) {
		if v, err := ParseRelease(text); err == nil {
			require.GreaterOrEqual(t, v.Major, 0)
		}
	})
}

// tree makes a root folder with some files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		file := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	}
	return root
}
