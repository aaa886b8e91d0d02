// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// What each channel says where securityfs shows the state of lockdown, and
// where it does not and only the kernel's answers do.
func TestLockdownIsSeenOrFelt(t *testing.T) {
	const (
		state  = "sys/kernel/security/lockdown"
		unseen = "the kernel is locked down (how far cannot be seen: securityfs is not mounted)"
	)
	none := map[string]string{}
	hidden := map[string]string{state: gone}
	confidential := map[string]string{state: "none integrity [confidentiality]\n"}
	without := map[string]string{state: gone, configFile: stock(t, configFile, "CONFIG_SECURITY_LOCKDOWN_LSM=y\n", "")}
	refused := map[string]error{"/sys/kernel/debug/fault_around_bytes": syscall.EPERM}
	noFile := map[string]error{
		"/sys/kernel/debug/fault_around_bytes": syscall.ENOENT, "/sys/kernel/debug/sched/features": syscall.ENOENT,
	}
	empty := map[string]error{"/sys/kernel/tracing/README": syscall.ENOENT}
	for _, tt := range []struct {
		name, channel string
		files         map[string]string
		answers       map[string]error
		state         State
		reason        string // its beginning
	}{
		{"none", "kmod", none, nil, Usable, "modules can be loaded"},
		{"confidentiality", "kmod", confidential, nil, Usable, "signed modules only: the kernel is locked down (confidentiality)"},
		{"hidden, refused", "kmod", hidden, refused, Usable, "signed modules only: " + unseen},
		{"hidden, not refused", "kmod", hidden, nil, Usable, "modules can be loaded"},
		{"hidden, nothing to try", "kmod", hidden, noFile, Usable, "modules can be loaded; whether they must be signed cannot be seen"},
		{"not built", "kmod", without, noFile, Usable, "modules can be loaded"},

		{"none, refused", "debugfs", none, refused, Restricted, "a policy forbids it"},
		{"not built, refused", "debugfs", without, refused, Restricted, "a policy forbids it"},
		{"hidden, refused", "debugfs", hidden, refused, Restricted, unseen},
		{"confidentiality", "debugfs", confidential, nil, Restricted, "the kernel is locked down (confidentiality)"},

		{"none, empty", "tracefs", none, empty, Unknown, "it is mounted and cannot be opened"},
		{"hidden, empty", "tracefs", hidden, empty, Restricted, unseen + ": nothing is in it"},
		{"confidentiality, empty", "tracefs", confidential, empty, Restricted, "the kernel is locked down (confidentiality): nothing is in it"},
		{"confidentiality later", "tracefs", confidential, map[string]error{"/sys/kernel/tracing/README": syscall.EPERM}, Restricted,
			"the kernel is locked down (confidentiality): nothing can be opened"},
	} {
		s := kernelOf(changed(t, tt.files))
		s.open = func(path string, _ int) error { return tt.answers[strings.TrimPrefix(path, s.root)] }
		r := ask(t, s, tt.channel)
		require.Equal(t, tt.state.String(), r.State.String(), "%s %s: %v", tt.channel, tt.name, r)
		if strings.HasPrefix(tt.reason, "modules") && !strings.Contains(tt.reason, ";") {
			require.Equal(t, tt.reason, r.Reason, "%s %s", tt.channel, tt.name)
		} else {
			require.True(t, strings.HasPrefix(r.Reason, tt.reason), "%s %s: %v", tt.channel, tt.name, r)
		}
	}
}

func TestACapturedTreeWithoutLockdownsStateIsNotTakenForOpen(t *testing.T) {
	files := map[string]string{
		"sys/kernel/security/lockdown": gone,
		"proc/self/mountinfo":          stock(t, "proc/self/mountinfo", "securityfs", "other"),
	}
	r := Check("kmod", changed(t, files))
	require.Equal(t, Usable, r.State)
	require.Contains(t, r.Reason, "cannot be seen")
	delete(files, "proc/self/mountinfo") // mounted, and no such file: a kernel without lockdown
	r = Check("kmod", changed(t, files))
	require.Equal(t, "modules can be loaded", r.Reason)
}
