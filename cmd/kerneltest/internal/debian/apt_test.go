// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestURIsOfASolutionAreRead(t *testing.T) {
	set, err := parseURIs(`NOTE: something that apt says first
'http://deb.example/debian/pool/main/m/make-dfsg/make_4.3-4.1_amd64.deb' make_4.3-4.1_amd64.deb 395876 SHA256:7a7ef5
'http://deb.example/debian/pool/main/l/linux/linux-image-6.1.0-56-cloud-amd64_6.1.192-1_amd64.deb' linux-image-6.1.0-56-cloud-amd64_6.1.192-1_amd64.deb 30000000 SHA256:00

'http://deb.example/debian/pool/main/b/binutils/binutils_2%3a2.40-2_amd64.deb' binutils_2%3a2.40-2_amd64.deb 65324
`)
	require.NoError(t, err)
	require.Equal(t, debs{
		{"binutils_2%3a2.40-2_amd64.deb", 65324},
		{"linux-image-6.1.0-56-cloud-amd64_6.1.192-1_amd64.deb", 30000000},
		{"make_4.3-4.1_amd64.deb", 395876},
	}, set)
	require.Equal(t, int64(65324+30000000+395876), set.bytes())
	for _, bad := range []string{"'http://x/a.deb' a.deb many SHA256:0\n", "'http://x/a.deb' a.deb -1\n", "'http://x/a.deb' a.deb 99999999999999999999"} {
		_, err = parseURIs(bad)
		require.ErrorContains(t, err, "no size in", bad)
	}
	set, err = parseURIs("")
	require.NoError(t, err)
	require.Empty(t, set)
}

func TestVersionsNameTheSolution(t *testing.T) {
	one, two := debs{{"a_1_amd64.deb", 1}}, debs{{"a_2_amd64.deb", 1}}
	require.NotEqual(t, one.hash(), two.hash())
	require.Equal(t, one.hash(), debs{{"a_1_amd64.deb", 2}}.hash())
}

func TestReasonIsTheLineThatSaysMost(t *testing.T) {
	exit := errors.New("exit status 100")
	for stderr, want := range map[string]string{
		"W: first\nE: the reason\nE: another\n": "the reason",
		"W: only a warning\n":                   "only a warning",
		"  something else\n":                    "something else",
		"":                                      "exit status 100",
	} {
		require.Equal(t, want, reason(stderr, exit))
	}
}

func FuzzURIs(f *testing.F) {
	f.Add("'http://x/a_1_all.deb' a_1_all.deb 12 SHA256:00\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, err := parseURIs(text)
		if err == nil {
			for _, d := range set {
				require.GreaterOrEqual(t, d.size, int64(0))
			}
		}
	})
}
