// SPDX-License-Identifier: Apache-2.0

package dyndbg_test

import (
	"fmt"
	"log"

	"github.com/kernlink/kernlink/debugfs/dyndbg"
)

// A folder with a captured list stands in for the kernel in the tests of one's
// own code.
func ExampleOpenAt() {
	ctl, err := dyndbg.OpenAt("testdata", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ctl.Close()
	printing := dyndbg.Query{File: "init/*"}
	for site, err := range ctl.Sites() {
		if err != nil {
			log.Fatal(err)
		}
		if printing.Match(site) && site.Flags.Has(dyndbg.Print) {
			fmt.Printf("%s:%d %s %q\n", site.File, site.Line, site.Function, site.Format)
		}
	}
	// Output:
	// init/main.c:1152 initcall_blacklist "blacklisting initcall %s\n"
	// init/main.c:1397 run_init_process "  with arguments:\n"
}

// What a query is in the kernel's language, and one that has no words in it.
func ExampleQuery() {
	fmt.Println(dyndbg.Query{Module: "usbcore", Function: "hub_*"})
	fmt.Println(dyndbg.Query{File: "hub.c", Lines: dyndbg.Lines{First: 100, Last: 200}})
	fmt.Println(dyndbg.Query{Format: `state "%s"; done`})
	fmt.Println(dyndbg.Query{Module: `a"b`})
	// Output:
	// module usbcore func hub_*
	// file hub.c:100-200
	// format "state \042\045s\042\073 done"
	// !(invalid argument: Module has "\"" in it: "a\"b")
}

func ExampleParseSite() {
	site, err := dyndbg.ParseSite([]byte(`drivers/usb/core/hub.c:120 [usbcore]hub_init =pf "port %d\n" class:USB`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(site.Module, site.Function, site.Line, site.Flags, site.Class)
	fmt.Printf("%q\n", site.Format)
	// Output:
	// usbcore hub_init 120 pf USB
	// "port %d\n"
}
