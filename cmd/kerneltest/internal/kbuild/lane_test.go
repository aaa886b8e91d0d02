// SPDX-License-Identifier: Apache-2.0

//go:build linux

package kbuild

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/cmd/kerneltest/internal/cache"
	"github.com/kernlink/kernlink/cmd/kerneltest/internal/lane"
)

// module is a kernel module, with room for more in its beginning.
func module(more string) map[string]string {
	return map[string]string{
		"Makefile": "obj-m += mymodule.o\n",
		"mymodule.c": `// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
static int __init mymodule_init(void)
{
	` + more + `
	return 0;
}
module_init(mymodule_init);
MODULE_DESCRIPTION("x");
MODULE_LICENSE("GPL");
`,
	}
}

func TestRealKernelsModulesAreBuilt(t *testing.T) {
	if os.Getenv("KERNELTEST_VM") != "1" {
		t.Skip("builds for a prepared kernel: run `make test`")
	}
	prepared, err := cache.Open(nil)
	require.NoError(t, err)
	l, err := lane.Ensure(t.Context(), prepared, nil, "6.1", false)
	require.NoError(t, err)
	c := newCache(t) // of the results
	before, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)

	good, err := Build(t.Context(), c, nil, l, folder(t, module("")))
	require.NoError(t, err)
	require.Len(t, good.Modules, 1)
	text, err := os.ReadFile(good.Modules[0])
	require.NoError(t, err)
	require.Contains(t, string(text), "vermagic="+l.Release+" ")
	require.Empty(t, good.Warnings(), good.Log)

	warned, err := Build(t.Context(), c, nil, l, folder(t, module("int unused;")))
	require.NoError(t, err)
	require.Len(t, warned.Warnings(), 1)
	require.Contains(t, warned.Warnings()[0], "mymodule.c:5:13: warning: unused variable")

	_, err = Build(t.Context(), c, nil, l, folder(t, module("no_such_function();")))
	require.Regexp(t, `mymodule\.c:5:9: error: implicit declaration of function .no_such_function`, err)

	after, err := os.ReadFile("/proc/self/mountinfo")
	require.NoError(t, err)
	require.Equal(t, string(before), string(after))
	left, err := filepath.Glob(filepath.Join(l.Root, "kbuild", "*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
