// SPDX-License-Identifier: Apache-2.0

package dyndbg_test

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/debugfs/dyndbg"
)

func TestQueriesAreWrittenAsTheKernelReadsThem(t *testing.T) {
	type query = dyndbg.Query
	for _, tt := range []struct {
		q    query
		want string
	}{
		{query{Module: "usbcore"}, "module usbcore"},
		{query{Module: "*"}, "module *"},
		{query{File: "drivers/usb/*"}, "file drivers/usb/*"},
		{query{File: "a.c", Lines: dyndbg.Line(10)}, "file a.c:10"},
		{query{File: "a.c", Lines: dyndbg.Lines{First: 10, Last: 20}}, "file a.c:10-20"},
		{query{File: "my dir/a.c", Lines: dyndbg.Lines{First: 10}}, `file "my dir/a.c:10-"`},
		{query{Lines: dyndbg.Lines{Last: 20}}, "line -20"},
		{query{Function: "say_*"}, "func say_*"},
		{query{Class: "DRM_UT_CORE"}, "class DRM_UT_CORE"},
		{query{Module: "a,b", Function: "f=g", Class: "it's #1"}, `module "a,b" func "f=g" class "it's #1"`},
		{query{Format: "said"}, "format said"},
		{query{Format: "two words"}, `format "two words"`},
		{query{FormatPrefix: "said"}, `format "^said"`},
		{query{FormatPrefix: "^"}, `format "^^"`},
		{query{Format: "\"%d\";\t\\n\n\x7fü^"}, `format "\042\045d\042\073\011\134n\012\177\303\274^"`},
		{query{Module: "m", File: "f.c", Lines: dyndbg.Line(1), Function: "g", Format: "x"}, "module m file f.c:1 func g format x"},
		{query{Module: "m", Lines: dyndbg.Line(1), Function: "g", Format: "x"}, "module m line 1 func g format x"},
	} {
		b, err := tt.q.AppendText([]byte("> "))
		require.NoError(t, err, tt.want)
		require.Equal(t, "> "+tt.want, string(b))
		require.Equal(t, tt.want, tt.q.String())
	}
}

func TestWhatHasNoWordsIsRefused(t *testing.T) {
	type query = dyndbg.Query
	for what, q := range map[string]query{
		"all call sites":                  {},
		"a quote":                         {Function: `a"b`},
		"the end of a query":              {Module: "a;b"},
		"another":                         {Module: "a\nb"},
		"perhaps one, some day":           {Class: "a%b"},
		"a zero byte":                     {File: "a\x00b"},
		"a zero byte in a format":         {Format: "a\x00b"},
		"what the kernel takes for lines": {File: "a.c:10"},
		"two formats":                     {Format: "a", FormatPrefix: "b"},
		"a mark that is none":             {Format: "^a"},
		"lines that end before they begin": {Lines: dyndbg.Lines{
			First: 2, Last: 1,
		}},
		"a negative line":        {Lines: dyndbg.Line(-1)},
		"one word too many":      {Module: "m", File: "f", Function: "g", Class: "c", Format: "x"},
		"lines without the file": {Module: "m", Lines: dyndbg.Line(1), Function: "g", Class: "c", Format: "x"},
	} {
		_, err := q.AppendText(nil)
		require.ErrorIs(t, err, fs.ErrInvalid, what)
		require.Contains(t, q.String(), "!(")
	}
}

func TestAQueryMatchesWhatTheKernelsRulesSay(t *testing.T) {
	type query = dyndbg.Query
	line := `drivers/usb/core/hub.c:120 [usbcore]hub_port_init =_ "port %d: \"new\"; 100%%\n"`
	s, err := dyndbg.ParseSite([]byte(line))
	require.NoError(t, err)
	classed, err := dyndbg.ParseSite([]byte(line + ` class:C`))
	require.NoError(t, err)
	for _, tt := range []struct {
		q    query
		want bool
	}{
		{query{}, true},
		{query{Module: "usbcore"}, true}, {query{Module: "usb"}, false}, {query{Module: "usb*"}, true}, {query{Module: "*"}, true},
		{query{Module: "usbcor?"}, true}, {query{Module: "usbcore?"}, false}, {query{Module: "*usbcore*"}, true},
		{query{File: "hub.c"}, true}, {query{File: "drivers/usb/core/hub.c"}, true}, {query{File: "core/hub.c"}, false},
		{query{File: "*/core/hub.c"}, true}, {query{File: "drivers/*"}, true}, {query{File: "*.h"}, false}, {query{File: "h*b*c"}, true},
		{query{Function: "hub_*_init"}, true}, {query{Function: "hub_*_init*x"}, false}, {query{Function: "Hub_port_init"}, false},
		{query{Lines: dyndbg.Line(120)}, true}, {query{Lines: dyndbg.Line(121)}, false},
		{query{Lines: dyndbg.Lines{First: 120}}, true}, {query{Lines: dyndbg.Lines{Last: 119}}, false}, {query{Lines: dyndbg.Lines{First: 1, Last: 500}}, true},
		{query{Format: `"new"; 100%%` + "\n"}, false}, {query{Format: "port"}, true}, {query{Format: "Port"}, false},
		{query{FormatPrefix: "port %d"}, true}, {query{FormatPrefix: "ort"}, false}, {query{FormatPrefix: "port %d" + line}, false},
		{query{Class: "C"}, false},
	} {
		require.Equal(t, tt.want, tt.q.Match(s), "%+v", tt.q)
		if tt.want {
			require.False(t, tt.q.Match(classed), "%+v", tt.q)
			tt.q.Class = "C"
			require.True(t, tt.q.Match(classed), "%+v", tt.q)
		}
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { query{File: "*.c", Format: "new"}.Match(s) }))
}
