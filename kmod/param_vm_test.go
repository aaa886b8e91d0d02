// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/attr"
)

func TestParametersOfAModuleAreFilesOfPackageAttr(t *testing.T) {
	m := insert(t, module(t, "echo"), EchoParams{Count: 2, Args: []string{"a", "b"}})
	words, err := attr.Get[[]string](m.Param("args"))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, words)
	require.NoError(t, attr.Set(m.Param("args"), []string{"c"}))
	words, err = attr.Get[[]string](m.Param("args"))
	require.NoError(t, err)
	require.Equal(t, []string{"c"}, words)

	_, err = attr.Get[int](m.Param("cnt"))
	require.ErrorIs(t, err, fs.ErrNotExist, "its permissions are 0")
	for _, bad := range []string{"", ".", "..", "a/b", "../parameters/args", "/args", "args\x00"} {
		_, err = attr.Get[string](m.Param(bad))
		require.ErrorIs(t, err, fs.ErrInvalid, "%q", bad)
	}
}
