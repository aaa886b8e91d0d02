// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files")

func rehearse(t *testing.T, k *stub, color bool, chapters ...Chapter) (string, bool) {
	t.Helper()
	var out bytes.Buffer
	ok, err := play(t.Context(), Options{Out: &out, Color: color, Source: rehearsals}, k, chapters)
	require.NoError(t, err)
	return out.String(), ok
}

func chapter(steps ...StepFunc) Chapter {
	return Chapter{Title: "A chapter", Packages: "one, two", Steps: steps}
}

func programme() []Chapter {
	return []Chapter{
		chapter(ask, askAll, refuse),
		{Title: "Not possible", Packages: "kmod", Modules: []string{"missing"}, Steps: []StepFunc{ask}},
		chapter(fail, ask),
		chapter(ask),
	}
}

var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestPageIsTheGolden(t *testing.T) {
	plainPage, ok := rehearse(t, &stub{log: records()}, false, programme()...)
	require.False(t, ok)
	colored, _ := rehearse(t, &stub{log: records()}, true, programme()...)
	for name, got := range map[string]string{"plain.txt": plainPage, "color.txt": colored} {
		file := filepath.Join("testdata", name)
		if *update {
			require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		}
		want, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Equal(t, string(want), got, "after a change that was meant: go test ./examples/tour/internal/stage -update")
	}
	require.Equal(t, plainPage, sgr.ReplaceAllString(colored, ""), "colour changes nothing else")
	require.NotContains(t, plainPage, "\x1b")
	for l := range strings.Lines(plainPage) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(l, "\n")), Width, l)
		require.Equal(t, strings.TrimRight(l, " \n")+"\n", l)
	}
}

func TestAllAnswered(t *testing.T) {
	page, ok := rehearse(t, &stub{}, false, chapter(ask, askAll), chapter(refuse))
	require.True(t, ok)
	require.Contains(t, page, "ok   2 chapters, 3 steps: all answered")
}

func TestFailureFailsTheTourAndOthersStillRun(t *testing.T) {
	for name, tt := range map[string]struct {
		first Chapter
		want  []string
	}{
		"error":            {chapter(fail), []string{"1.1   Something breaks: it broke; in two lines"}},
		"panic":            {chapter(fall), []string{"1.1   A panic: panic: it fell"}},
		"nothing refused":  {chapter(accept), []string{"this was to be refused, and was not"}},
		"other error":      {chapter(refuseElse), []string{`this was to be refused with "invalid argument", and was with: sysfs: no such device`}},
		"nothing shown":    {chapter(seek), []string{"1.1   Look for what is not there: nothing came for tour.Show(word)"}},
		"missing module":   {Chapter{Title: "X", Packages: "x", Modules: []string{"missing"}, Steps: []StepFunc{ask}}, []string{"1   X: the module missing is not in the guest"}},
		"rest left out":    {chapter(fail, ask, ask), []string{"left out: 2 steps", "2 chapters, 4 steps"}},
		"closure":          {chapter(func(context.Context, *Step) error { return nil }), []string{"is not embedded"}},
		"step without end": {chapter(ask, fail), []string{"1.2   Something breaks"}},
	} {
		t.Run(name, func(t *testing.T) {
			page, ok := rehearse(t, &stub{}, false, tt.first, chapter(askAll))
			require.False(t, ok)
			for _, want := range tt.want {
				require.Contains(t, page, want)
			}
			require.Contains(t, page, "2.1   Ask in a loop.")
			require.Contains(t, page, "three", "the other chapter answered")
		})
	}
}

func TestModulesAreUnloadedAfterAChapter(t *testing.T) {
	t.Run("of a failed step, quietly", func(t *testing.T) {
		k := &stub{modules: []string{"young", "younger"}}
		page, _ := rehearse(t, k, false, chapter(fall))
		require.Equal(t, []string{"young", "younger"}, k.unloaded, "in the kernel's order, what was there stays")
		require.Contains(t, page, "unloaded: young, younger")
	})
	t.Run("of a good chapter, as its failure", func(t *testing.T) {
		k := &stub{modules: []string{"echo"}}
		page, ok := rehearse(t, k, false, chapter(ask))
		require.False(t, ok)
		require.Contains(t, page, "it left modules loaded, unloaded now: echo")
	})
	t.Run("that cannot go", func(t *testing.T) {
		k := &stub{modules: []string{"echo"}, stuck: errors.New("in use")}
		page, ok := rehearse(t, k, false, chapter(ask))
		require.False(t, ok)
		require.Contains(t, page, "left loaded: in use")
	})
}

func TestWriteErrorIsReturned(t *testing.T) {
	closed, err := os.Create(filepath.Join(t.TempDir(), "page"))
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	_, err = play(t.Context(), Options{Out: closed, Source: rehearsals}, &stub{}, []Chapter{chapter(ask)})
	require.ErrorIs(t, err, os.ErrClosed)
}

func TestCheckFindsWhatAReaderWouldMiss(t *testing.T) {
	require.NoError(t, Check(rehearsals, []Chapter{chapter(ask, askAll, refuse)}))
	for name, tt := range map[string]struct {
		step StepFunc
		want string
	}{
		"text":     {uncommented, "step 1.1: uncommented has no comment"},
		"code":     {empty, "empty shows no code"},
		"width":    {wide, "columns are too many"},
		"function": {func(context.Context, *Step) error { return nil }, "is not embedded"},
	} {
		t.Run(name, func(t *testing.T) {
			require.ErrorContains(t, Check(rehearsals, []Chapter{chapter(tt.step)}), tt.want)
		})
	}
	require.ErrorContains(t, Check(rehearsals, []Chapter{{Title: "Empty"}}), "it has a title, packages and steps")
}
