// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/kernlink/kernlink/probe"
)

// printTable gives every channel a line, and the fix a line below it where
// there is one: beside the reason it would be wider than a terminal.
func printTable(w io.Writer, results []probe.Result) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range results {
		reason := r.Reason
		if r.Err != nil {
			reason += ": " + r.Err.Error()
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", r.Channel, r.State, reason)
		if r.Fix != "" {
			fmt.Fprintf(table, "\t\t-> %s\n", r.Fix)
		}
	}
	return table.Flush()
}

// line is a result as JSON has it.
type line struct {
	Channel string      `json:"channel"`
	State   probe.State `json:"state"`
	Path    string      `json:"path,omitempty"`
	Reason  string      `json:"reason,omitempty"`
	Fix     string      `json:"fix,omitempty"`
	Error   string      `json:"error,omitempty"`
}

func printJSON(w io.Writer, results []probe.Result) error {
	lines := make([]line, len(results))
	for i, r := range results {
		lines[i] = line{Channel: r.Channel, State: r.State, Path: r.Path, Reason: r.Reason, Fix: r.Fix}
		if r.Err != nil {
			lines[i].Error = r.Err.Error()
		}
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(lines)
}
