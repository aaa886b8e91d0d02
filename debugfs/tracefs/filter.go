// SPDX-License-Identifier: Apache-2.0

package tracefs

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// setFilter writes a filter, and puts the one that was there back when the
// kernel did not take it.
func (i *Instance) setFilter(f attr.File, expression string) error {
	before, err := filterOf(f)
	if err != nil {
		return err
	}
	err = i.writeFilter(f, expression)
	if e, ok := err.(*kernlink.Error); ok {
		if before == "" {
			before = noFilter
		}
		if failed := f.Write([]byte(before + "\n")); failed != nil && e.Hint == "" {
			e.Hint = fmt.Sprintf("and the filter before it, %q, could not be put back: %v", before, failed)
		}
	}
	return err
}

// noFilter is what is written to have none.
const noFilter = "0"

func (i *Instance) writeFilter(f attr.File, expression string) error {
	expression = strings.TrimSpace(expression)
	if expression == "" || expression == noFilter || strings.ContainsAny(expression, "\n\x00") {
		return failure("set", f.Path(), fmt.Errorf("%w: %q is no filter", fs.ErrInvalid, expression))
	}
	log := i.markLog()
	err := f.Write([]byte(expression + "\n"))
	if e, ok := err.(*kernlink.Error); ok {
		if e.Err = log.explain(e.Err, expression); e.Kind == nil {
			e.Hint = ""
		}
	}
	return err
}

func clearFilter(f attr.File) error { return f.Write([]byte(noFilter + "\n")) }

// filterOf reads a filter. After one that was refused its file has that and
// the reason below it; events are not filtered by it.
func filterOf(f attr.File) (string, error) {
	text, err := attr.Get[string](f)
	if err != nil || text == "none" || strings.Contains(text, "\nparse_error: ") {
		return "", err
	}
	return text, nil
}
