// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kmod"
)

func ExampleParseStatus() {
	s, err := kmod.ParseStatus([]byte("x_tables 61440 3 xt_LOG,nft_compat,ip_tables, Live 0xffffffffc04f1000\n"))
	fmt.Println(s.Name, s.Size, s.RefCount, s.Holders, s.State, err)
	// Output: x_tables 61440 3 [xt_LOG nft_compat ip_tables] Live <nil>
}

var statusLines = []struct {
	name, line string
	want       kmod.Status
}{
	{"out of tree", "echo 16384 0 - Live 0xffffffffc0a5d000 (OE)\n",
		kmod.Status{Name: "echo", Size: 16384, State: kmod.Live, Address: 0xffffffffc0a5d000, Taints: "OE"}},
	{"no newline, hidden address", "virtio 16384 2 virtio_console,virtio_pci, Live 0x0000000000000000",
		kmod.Status{Name: "virtio", Size: 16384, State: kmod.Live, RefCount: 2, Holders: []string{"virtio_console", "virtio_pci"}}},
	{"being loaded", "slow 16384 1 - Loading 0xffffffffc0a5d000 (OE+)\n",
		kmod.Status{Name: "slow", Size: 16384, State: kmod.Loading, RefCount: 1, Address: 0xffffffffc0a5d000, Taints: "OE"}},
	{"being unloaded", "slow 16384 -1 - Unloading 0xffffffffc0a5d000 (OE-)\n",
		kmod.Status{Name: "slow", Size: 16384, State: kmod.Unloading, RefCount: -1, Address: 0xffffffffc0a5d000, Taints: "OE"}},
	{"without an exit function", "aesni_intel 376832 2 a,[permanent], Live 0xffffffffc0a5d000\n",
		kmod.Status{Name: "aesni_intel", Size: 376832, State: kmod.Live, RefCount: 2, Holders: []string{"a"}, Permanent: true, Address: 0xffffffffc0a5d000}},
	{"a kernel that cannot unload", "echo 16384 - - Live 0x00000000\n",
		kmod.Status{Name: "echo", Size: 16384, State: kmod.Live, RefCount: -1}},
}

func TestParseStatusReadsEveryFormOfLine(t *testing.T) {
	for _, c := range statusLines {
		t.Run(c.name, func(t *testing.T) {
			got, err := kmod.ParseStatus([]byte(c.line))
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestParseStatusNamesTheFieldThatIsWrong(t *testing.T) {
	for line, want := range map[string]string{
		"":                                "not a line of /proc/modules",
		"echo":                            `size ""`,
		"echo x 0 - Live 0x0":             `size "x"`,
		"echo 1 many - Live 0x0":          `reference count "many"`,
		"echo 1 0 - Sleeping 0x0":         `state "Sleeping"`,
		"echo 1 0 - Live somewhere":       `address "somewhere"`,
		"echo 99999999999999999999 0 - L": "size",
	} {
		_, err := kmod.ParseStatus([]byte(line))
		require.ErrorContains(t, err, want, line)
	}
}

func FuzzParseStatus(f *testing.F) {
	for _, c := range statusLines {
		f.Add([]byte(c.line))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		s, err := kmod.ParseStatus(line)
		if err != nil {
			require.Zero(t, s)
			return
		}
		require.NotEmpty(t, s.Name)
		require.NotEqual(t, "unknown", s.State.String())
	})
}
