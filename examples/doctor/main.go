// SPDX-License-Identifier: Apache-2.0

// The doctor says which channels to the kernel are usable here, and what would
// make the others so.
//
//	doctor                       a table of all channels
//	doctor -json                 the same for programs
//	doctor configfs alg          these channels; status 1 unless all are usable
//	doctor -root DIR             of a captured tree
//
// Its exit status is 0; 1 when a channel that was named is not usable; 2 when
// it was called wrongly.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/probe"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, complain io.Writer) int {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	flags.SetOutput(complain)
	flags.Usage = func() {
		fmt.Fprintln(complain, "usage: doctor [-json] [-root DIR] [CHANNEL ...]")
		flags.PrintDefaults()
	}
	asJSON := flags.Bool("json", false, "print JSON, an array of objects")
	root := flags.String("root", "/", "judge the captured tree in this `folder`")
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		return 0
	case err != nil:
		return 2
	}
	for _, name := range flags.Args() {
		if !slices.Contains(probe.Channels(), name) {
			fmt.Fprintf(complain, "doctor: no channel is called %q; there are %s\n", name, strings.Join(probe.Channels(), ", "))
			return 2
		}
	}
	results := examine(&probe.Options{Root: *root}, flags.Args())
	show := printTable
	if *asJSON {
		show = printJSON
	}
	if err := show(out, results); err != nil {
		fmt.Fprintln(complain, "doctor:", err)
		return 1
	}
	unfit := func(r probe.Result) bool { return r.State != probe.Usable }
	if flags.NArg() > 0 && slices.ContainsFunc(results, unfit) {
		return 1
	}
	return 0
}

// examine asks about the channels that were named, or about all.
func examine(o *probe.Options, names []string) []probe.Result {
	if len(names) == 0 {
		return slices.Collect(probe.All(o))
	}
	var results []probe.Result
	for _, name := range names {
		results = append(results, probe.Check(name, o))
	}
	return results
}
