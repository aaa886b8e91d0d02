// SPDX-License-Identifier: Apache-2.0

package debugfs_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/debugfs"
)

// An ordinary folder stands in for debugfs in the tests of one's own code.
func ExampleOpenAt() {
	dir, err := os.MkdirTemp("", "debugfs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "count"), []byte("7\n"), 0o644); err != nil {
		log.Fatal(err)
	}

	fs, err := debugfs.OpenAt(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer fs.Close()
	count := fs.File("count")
	n, err := attr.Get[uint32](count)
	fmt.Println(n, err)
	fmt.Println(attr.Set(count, n+1))
	b, err := count.Read()
	fmt.Printf("%q %v\n", b, err)
	// Output:
	// 7 <nil>
	// <nil>
	// "8\n" <nil>
}

func ExampleParseRegister() {
	reg, err := debugfs.ParseRegister([]byte("IRQ MASK = 0x0000ffff"))
	fmt.Println(reg.Name, reg.Value, err)
	_, err = debugfs.ParseRegister([]byte("IRQ MASK: 12"))
	fmt.Println(err)
	// Output:
	// IRQ MASK 65535 <nil>
	// debugfs: parse: not what the kernel prints there: no register: "IRQ MASK: 12"
}
