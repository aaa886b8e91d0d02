// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attr_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kernlink/kernlink/attr"
)

// A folder stands for /sys and /proc/irq here.
func ExampleBits() {
	folder, err := os.MkdirTemp("", "machine")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	for name, text := range map[string]string{"online": "0-3,8\n", "smp_affinity": "00000000,0000000f\n"} {
		os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)
	}
	machine, err := attr.OpenDir(folder, attr.Sysfs)
	if err != nil {
		log.Fatal(err)
	}
	defer machine.Close()

	online, err := attr.Get[attr.Bits](machine.File("online"))
	fmt.Println(online, err)

	irq := attr.With(machine.File("smp_affinity"), attr.Mask())
	defer irq.Close()
	cpus, err := irq.Get()
	fmt.Println(cpus, err)
	err = irq.Set(attr.Bits{8, 33})
	text, _ := irq.File().Read()
	fmt.Printf("%s %v\n", text[:len("2,00000100")], err)
	// Output:
	// [0 1 2 3 8] <nil>
	// [0 1 2 3] <nil>
	// 2,00000100 <nil>
}
