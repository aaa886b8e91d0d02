// SPDX-License-Identifier: Apache-2.0

// Package report turns what test binaries in a guest print into what go test
// would have printed had it run them, with the kernel's verdict in it.
//
// The binaries run with -test.v=test2json, so that every line of package
// testing's own begins with a ^V: such a line is known for certain, whatever
// the tests print around it. The text forms are put together again from these
// lines and the bytes between them. The JSON form is written by the go
// command's own converter, go tool test2json, a child process per package.
//
// # What cannot be told
//
// A verbose binary writes log lines (t.Log, t.Error) at once and without a
// mark, where go test without -v has the binary collect them, shows them below
// the test's result and drops those of tests that passed. Here a line counts
// as logged if it is indented by four spaces and either names a Go file and a
// line or follows such a line or a mark. A test that prints just that to its
// standard output is taken to have logged it.
//
// Two things differ from go test on purpose. What a benchmark prints comes
// before the line with its result, not in the middle of it, so that benchstat
// reads it. And a test on which the kernel complained is reported as failed,
// whatever it said itself.
package report
