// SPDX-License-Identifier: Apache-2.0

package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the checkout, as the tests of this folder see it.
const root = ".."

// block is a fenced block of a page: its info string in words, and its text.
type block struct {
	page string
	line int // of the fence, from 1
	lang string
	args string // the rest of the info string: a file, or "fails"
	text string
}

// blocks takes the fenced blocks out of a page, in order.
func blocks(t *testing.T, page string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, page))
	require.NoError(t, err)
	var all []block
	open := false
	line := 0
	for s := range strings.Lines(string(text)) {
		line++
		info, fence := strings.CutPrefix(s, "```")
		switch {
		case fence && !open:
			lang, args, _ := strings.Cut(strings.TrimSpace(info), " ")
			all = append(all, block{page: page, line: line, lang: lang, args: args})
			open = true
		case fence:
			open = false
		case open:
			all[len(all)-1].text += s
		}
	}
	require.False(t, open, "%s: a block is not closed", page)
	return all
}

// pages are the Markdown pages of the checkout.
func pages(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, file := range files {
			page, err := filepath.Rel(root, file)
			require.NoError(t, err)
			all = append(all, page)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// lookAt makes the test cache notice changes to the checkout: the tests here
// run commands, whose reading it does not see.
func lookAt(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && name != root {
			return filepath.SkipDir
		}
		return err
	})
	require.NoError(t, err)
}
