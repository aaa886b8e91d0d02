// SPDX-License-Identifier: Apache-2.0

package reference_test

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/kmod/reference"
)

func ExampleNames() {
	for _, name := range reference.Names() {
		fmt.Println(name)
	}
	// Output:
	// configfs_ex
	// debugfs_ex
	// echo
	// fault
	// gpio_pwm
	// params
	// procfs
	// relay_ex
	// sysctl_ex
	// sysfs_bus
	// sysfs_ex
	// trace_ex
}

// The lead of a file is what a learner reads first, and the SPDX line what a
// packager needs.
func TestEveryModuleHasItsLicenceItsManualAndItsMakefile(t *testing.T) {
	for _, name := range reference.Names() {
		t.Run(name, func(t *testing.T) {
			src, err := fs.ReadFile(reference.FS, name+"/"+name+".c")
			require.NoError(t, err)
			text := string(src)
			require.True(t, strings.HasPrefix(text, "// SPDX-License-Identifier: GPL-2.0-only\n/*\n * "+name+" - "))
			require.Contains(t, text, " appears:")
			require.Contains(t, text, "\n * Try it:\n")
			for _, macro := range []string{"DESCRIPTION", "AUTHOR", "VERSION", "LICENSE"} {
				require.Contains(t, text, "\nMODULE_"+macro+"(")
			}
			for _, line := range strings.Split(text, "\n") {
				require.LessOrEqual(t, len(strings.ReplaceAll(line, "\t", "        ")), 85, line)
			}

			mk, err := fs.ReadFile(reference.FS, name+"/Makefile")
			require.NoError(t, err)
			require.Contains(t, string(mk), "obj-m += "+name+".o\n")
		})
	}
}
