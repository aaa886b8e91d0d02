// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	configFile = "boot/config-6.1.0-56-cloud-amd64"
	gone       = "\x00" // in place of a text: the file is not there
)

// changed copies the stock tree, with other texts in some files.
func changed(t *testing.T, files map[string]string) *Options {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.CopyFS(root, os.DirFS("testdata/stock")))
	for name, text := range files {
		path := filepath.Join(root, name)
		if text == gone {
			require.NoError(t, os.RemoveAll(path))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	return &Options{Root: root}
}

// stock is a text of the stock tree, edited.
func stock(t *testing.T, name string, oldnew ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata/stock", name))
	require.NoError(t, err)
	return strings.NewReplacer(oldnew...).Replace(string(text))
}

func TestACapturedTreeIsJudgedByItsFiles(t *testing.T) {
	const (
		mounts  = "proc/self/mountinfo"
		systems = "proc/filesystems"
		status  = "proc/thread-self/status"
		fullSet = "000001ffffffffff"
	)
	withoutCaps := stock(t, status, "CapEff:\t"+fullSet, "CapEff:\t0000000000000000")
	withConfigfs := stock(t, systems, "pstore", "pstore\nnodev\tconfigfs")
	withConfig := func(oldnew ...string) string { return stock(t, configFile, oldnew...) }
	for _, tt := range []struct {
		name, channel string
		files         map[string]string
		state         State
		reason, fix   string // each is a part
	}{
		{"as it is", "procfs", nil, Usable, "mounted at /proc", ""},
		{"as it is", "sysctl", nil, Usable, "/proc/sys", ""},
		{"as it is", "modparam", nil, Usable, "/sys/module", ""},
		{"as it is", "relay", nil, Usable, "debugfs", ""},
		{"as it is", "syscalls", nil, Usable, "Linux 6.1.0-56-cloud-amd64", ""},
		{"as it is", "packet", nil, Usable, "", ""},
		{"as it is", "kmod", nil, Usable, "modules can be loaded", ""},
		{"no mountinfo", "procfs", map[string]string{mounts: gone}, Unknown, "does not say", ""},
		{"read-only /proc/sys", "sysctl", map[string]string{mounts: stock(t, mounts, "22 1 0:21", "40 21 0:20 / /proc/sys ro,relatime - proc proc rw\n22 1 0:21")}, Usable, "read only", ""},
		{"nothing mounted", "modparam", map[string]string{mounts: "1 1 0:2 / / rw - rootfs rootfs rw\n"}, Missing, "sysfs: it is not mounted", "mount -t sysfs none /sys"},

		{"module not loaded", "configfs", nil, Missing, "its module is not loaded", "modprobe configfs && mount -t configfs none /sys/kernel/config"},
		{"loaded", "configfs", map[string]string{systems: withConfigfs}, Missing, "not mounted", "mount -t configfs none /sys/kernel/config"},
		{"mounted elsewhere", "configfs", map[string]string{mounts: stock(t, mounts, "/dev/shm rw,relatime - tmpfs tmpfs", `/my\040config rw,relatime - configfs none`)}, Usable, "mounted at /my config", ""},
		{"not built", "configfs", map[string]string{configFile: withConfig("CONFIG_CONFIGFS_FS=m", "# CONFIG_CONFIGFS_FS is not set")}, Missing, "built without CONFIG_CONFIGFS_FS", "a kernel with"},
		{"no config", "configfs", map[string]string{configFile: gone}, Missing, "or the kernel was built without CONFIG_CONFIGFS_FS", "modprobe configfs"},
		{"part of it", "configfs", map[string]string{mounts: stock(t, mounts, "0:23 / /dev/shm rw,relatime - tmpfs tmpfs", "0:23 /target /dev/shm rw,relatime - configfs none")}, Missing, "", ""},

		{"lockdown", "debugfs", map[string]string{"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, Restricted, "locked down (integrity)", "boot without lockdown="},
		{"lockdown", "relay", map[string]string{"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, Restricted, "debugfs: the kernel is locked down", ""},
		{"lockdown", "kmod", map[string]string{"sys/kernel/security/lockdown": "none [integrity] confidentiality\n"}, Usable, "signed modules only", ""},
		{"not built", "relay", map[string]string{configFile: withConfig("CONFIG_RELAY=y", "# CONFIG_RELAY is not set")}, Missing, "CONFIG_RELAY", ""},
		{"no config, no symbols", "relay", map[string]string{configFile: gone}, Unknown, "symbols", ""},
		{"no config, the symbol", "relay", map[string]string{configFile: gone, "proc/kallsyms": "0000000000000000 T relay_open\n"}, Usable, "", ""},
		{"no config, other symbols", "relay", map[string]string{configFile: gone, "proc/kallsyms": "0000000000000000 T relay_openly\n"}, Missing, "", ""},

		{"not loaded", "alg", nil, Missing, "the first socket would load it", "modprobe af_alg"},
		{"loaded", "alg", map[string]string{"proc/net/protocols": stock(t, "proc/net/protocols", "XDP", "ALG")}, Usable, "", ""},
		{"not built", "alg", map[string]string{configFile: withConfig("CONFIG_CRYPTO_USER_API=m", "")}, Missing, "built without CONFIG_CRYPTO_USER_API", ""},
		{"no protocols", "udp", map[string]string{"proc/net/protocols": gone}, Unknown, "", ""},

		{"switched off", "kmod", map[string]string{"proc/sys/kernel/modules_disabled": "1\n"}, Restricted, "kernel.modules_disabled", "reboot"},
		{"no capability", "kmod", map[string]string{status: withoutCaps}, Restricted, "needs CAP_SYS_MODULE", "cap_sys_module"},
		{"no list", "kmod", map[string]string{"proc/modules": gone}, Missing, "CONFIG_MODULES", ""},
		{"signatures", "kmod", map[string]string{"sys/module/module/parameters/sig_enforce": "Y\n"}, Usable, "signed modules only", ""},
		{"a filter", "syscalls", map[string]string{status: stock(t, status, "Seccomp:\t0", "Seccomp:\t2")}, Usable, "seccomp", ""},

		{"a device", "kmsg", map[string]string{"dev/kmsg": ""}, Usable, "", ""},
		{"its sysctl", "kmsg", map[string]string{status: withoutCaps}, Restricted, "kernel.dmesg_restrict", "sysctl kernel.dmesg_restrict=0"},
		{"its switch", "kmsg", map[string]string{"proc/sys/kernel/printk_devkmsg": "off\n"}, Restricted, "kernel.printk_devkmsg", ""},
		{"no device", "chardev", nil, Unknown, "", ""},
		{"a device", "chardev", map[string]string{"dev/null": ""}, Usable, "", ""},
	} {
		t.Run(tt.channel+" "+tt.name, func(t *testing.T) {
			r := Check(tt.channel, changed(t, tt.files))
			require.Equal(t, tt.state.String(), r.State.String(), r)
			require.Contains(t, r.Reason, tt.reason)
			require.Contains(t, r.Fix, tt.fix)
			require.Equal(t, tt.channel, r.Channel)
		})
	}
}

func TestAnEmptyTreeIsNoGround(t *testing.T) {
	for r := range All(&Options{Root: t.TempDir()}) {
		switch r.Channel {
		case "syscalls": // they are always there
		default:
			require.Equal(t, Unknown, r.State, r)
		}
	}
}

func TestANameThatIsNoChannelIsSaid(t *testing.T) {
	r := Check("configsf", nil)
	require.Equal(t, Unknown, r.State)
	require.ErrorContains(t, r.Failure(), "configsf: probe: no channel has this name")
}

func TestTheLoopCanBeLeft(t *testing.T) {
	var seen []string
	for r := range All(&Options{Root: "testdata/stock"}) {
		seen = append(seen, r.Channel)
		if len(seen) == 2 {
			break
		}
	}
	require.Equal(t, Channels()[:2], seen)
}
