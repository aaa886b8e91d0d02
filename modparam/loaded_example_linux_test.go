// SPDX-License-Identifier: Apache-2.0

package modparam_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/modparam"
)

// A folder of one's own stands in for /sys/module, which [modparam.Open] opens.
func ExampleFS() {
	dir, err := os.MkdirTemp("", "module")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	params := filepath.Join(dir, "snd_echo", "parameters")
	_ = os.MkdirAll(params, 0o700)
	_ = os.WriteFile(filepath.Join(params, "args"), []byte("a,b\n"), 0o600)
	_ = os.WriteFile(filepath.Join(params, "debug"), []byte("N\n"), 0o600)

	modules, err := modparam.OpenAt(dir, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer modules.Close()

	words, err := attr.Get[[]string](modules.Param("snd-echo", "args"))
	fmt.Println(words, err)

	debug := modules.Param("snd-echo", "debug")
	fmt.Println(attr.Set(debug, true))
	on, err := attr.Get[bool](debug)
	fmt.Println(on, err)

	for file, err := range modules.Params("snd-echo") {
		fmt.Println(file.Name(), err)
	}
	// Output:
	// [a b] <nil>
	// <nil>
	// true <nil>
	// args <nil>
	// debug <nil>
}
