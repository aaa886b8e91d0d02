// SPDX-License-Identifier: Apache-2.0

//go:build linux

package progress

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFileGetsALineAStepAndNoControlSequences(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	require.NoError(t, err)
	defer f.Close()
	require.False(t, IsTerminal(f))
	l := New(f)
	l.Step("reading %d lists", 3)
	l.Step("reading 3 lists")
	l.Tick("unpacking 1 of 2")
	l.Clear()
	l.Step("booting")
	text, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	require.Equal(t, "· reading 3 lists\n· booting\n", string(text))
}

func TestTerminalGetsOneLineThatIsRewritten(t *testing.T) {
	var buf bytes.Buffer
	l := &Line{out: &buf, tty: true}
	l.Step("one")
	l.Tick("two %d", 2)
	l.Clear()
	l.Clear()
	require.Equal(t, "\r\x1b[K· one\r\x1b[K· two 2\r\x1b[K", buf.String())
}

func TestNoLineShowsNothing(t *testing.T) {
	for _, l := range []*Line{nil, {}} {
		l.Step("x")
		l.Tick("x")
		l.Clear()
	}
}

func TestDumbTerminalIsNone(t *testing.T) {
	t.Setenv("TERM", "dumb")
	require.False(t, IsTerminal(os.Stdout))
}
