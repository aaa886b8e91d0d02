// SPDX-License-Identifier: Apache-2.0

package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Add returns the sum of two reports' figures.
func (c Counts) Add(o Counts) Counts {
	c.Packages += o.Packages
	c.PackagesOK += o.PackagesOK
	c.PackagesFailed += o.PackagesFailed
	c.NoTests += o.NoTests
	c.Passed += o.Passed
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.Benchmarks += o.Benchmarks
	return c
}

// Summary writes what a run came to: how many packages are ok, what failed
// and why, a line each, and last a line like "123 passed, 0 failed, 2
// skipped". Reports of other lanes are added in.
func (r *Report) Summary(w io.Writer, others ...*Report) error {
	total := r.Counts()
	failures := r.Failures()
	for _, o := range others {
		total = total.Add(o.Counts())
		failures = append(failures, o.Failures()...)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "packages: %d ok, %d failed", total.PackagesOK, total.PackagesFailed)
	if total.NoTests > 0 {
		fmt.Fprintf(&b, ", %d without tests", total.NoTests)
	}
	b.WriteString("\n")
	table := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	for _, f := range failures {
		test := f.Test
		if test == "" {
			test = "-"
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", f.Package, test, f.Reason)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(&b, "%d passed, %d failed, %d skipped\n", total.Passed, total.Failed, total.Skipped)
	_, err := io.WriteString(w, b.String())
	return err
}
