// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kerneltest"
)

func TestMain(m *testing.M) { kerneltest.Main(m) }

func TestEveryStepShowsItsCode(t *testing.T) {
	require.NoError(t, stage.Check(sources, chapters()))
}

func TestHostIsToldInOneLine(t *testing.T) {
	t.Setenv("KERNELTEST_GUEST", "")
	var said bytes.Buffer
	require.Equal(t, 2, run(os.Stdout, &said))
	require.Equal(t, 1, strings.Count(said.String(), "\n"))
	require.Contains(t, said.String(), "make demo")
}

func TestTourAnswers(t *testing.T) {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module("echo"), kerneltest.Module("params"))
	t.Chdir(filepath.Dir(kerneltest.ModulePath("echo")))
	var page bytes.Buffer
	ok, err := stage.Run(t.Context(), stage.Options{Out: &page, Source: sources}, chapters())
	require.NoError(t, err)
	require.True(t, ok, page.String())
	for _, line := range []string{"#: cnt: 2", " a;", " b;", "#: Module init", "#: Module exit"} {
		require.Contains(t, page.String(), "] "+line+"\n", page.String())
	}
	for line := range strings.Lines(page.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), stage.Width+1, line)
	}
}
