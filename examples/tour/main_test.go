// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
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
	needs := []kerneltest.Need{kerneltest.VM}
	for _, c := range chapters() {
		for _, name := range c.Modules {
			needs = append(needs, kerneltest.Module(name))
		}
	}
	kerneltest.Require(t, needs...)
	t.Chdir(filepath.Dir(kerneltest.ModulePath("echo")))
	var page bytes.Buffer
	ok, err := stage.Run(t.Context(), stage.Options{Out: &page, Source: sources}, chapters())
	require.NoError(t, err)
	require.True(t, ok, page.String())
	var said []string // without the columns
	for line := range strings.Lines(page.String()) {
		require.LessOrEqual(t, utf8.RuneCountInString(line), stage.Width+1, line)
		_, line, _ = strings.Cut(line, "│")
		said = append(said, strings.Join(strings.Fields(line), " "))
	}
	for _, want := range []string{
		"numbers [3 -1 4]",
		"before 1", "after 45",
		"text 0x0000cafe", "after.Current lz4",
		"down.Speed <nil>", "*up.Speed 1000",
		"number 60", "numbers [9 8 7 6]",
		"sysctl_ex.number written 60 70",
		"before initial content", "after 12345", "4 16",
		"1 0 init", "st.State zombie", "code.Exec true", "false liar", "true init",
		"mem.Has(procfs.MeminfoHighTotal) false", "known false", "m.Source my disk", "s.Path @kernlink tour",
		"my1 my_driver /sys/devices/my_bus/my1", "probes 3", "number c1:3", "len(uuid) 36",
		"mem.Len() 4096", "old.Gone() true",
		"said 2", "enabled 1",
		"rec.CPU rec.Value.Seq", "read [30 30]", "dropped 21",
		"gpio_pwm", "pwm.Name() gpio_pwm:123", "activate configfs_ex/node/enable = 1", "busy.Links [configfs_ex/a/peer]", "again nothing to do", "len(failed.Undone) 2",
	} {
		require.True(t, slices.Contains(said, want), "%s is missing in:\n%s", want, page.String())
	}
	for _, line := range []string{
		"#: cnt: 2", " a;", " b;", "#: Module init", "#: Module exit",
		"#: set level: 12",
		"#: show for kobject: my_test, attr: first", "#: store for kobject: my_test, attr: first",
		"#: even is 4",
		"#: my_file: 6 bytes",
		"#: match for device: my7, driver: my_driver", "#: probe for device: my7", "#: remove for device: my7",
		"say_write: debugfs_ex: said hello",
	} {
		require.Contains(t, page.String(), "] "+line+"\n", page.String())
	}
}
