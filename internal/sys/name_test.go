// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesAndPathsThatLeadElsewhereAreTold(t *testing.T) {
	for _, tt := range []struct {
		text       string
		name, path bool
	}{
		{"lo", true, true},
		{"0000:00:1f.2", true, true},
		{"...", true, true},
		{"class/net", false, true},
		{"", false, false},
		{".", false, false},
		{"..", false, false},
		{"/", false, false},
		{"a/", false, false},
		{"/a", false, false},
		{"a//b", false, false},
		{"a/../b", false, false},
		{"a\x00", false, false},
		{"\x00", false, false},
	} {
		require.Equal(t, tt.name, IsName(tt.text), "%q", tt.text)
		require.Equal(t, tt.path, IsPath(tt.text), "%q", tt.text)
	}
}
