// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"strings"
	"unicode/utf8"
)

// Check says what a reader would miss in chapters, without playing them: a
// step without text or without code, code that is not Go any more when lines
// are left out of it, or that is wider than the page.
func Check(source fs.FS, chapters []Chapter) error {
	var errs []error
	for i, c := range chapters {
		if c.Title == "" || c.Packages == "" || len(c.Steps) == 0 {
			errs = append(errs, fmt.Errorf("chapter %d %q: it has a title, packages and steps", i+1, c.Title))
		}
		for j, fn := range c.Steps {
			if err := checkStep(source, fn); err != nil {
				errs = append(errs, fmt.Errorf("step %d.%d: %w", i+1, j+1, err))
			}
		}
	}
	return errors.Join(errs...)
}

func checkStep(source fs.FS, fn StepFunc) error {
	s, err := findSource(source, fn)
	if err != nil {
		return err
	}
	name := s.decl.Name.Name
	code := s.excerpt()
	if s.title() == "" {
		return fmt.Errorf("%s has no comment: it is the text above the code", name)
	}
	if len(code) == 0 {
		return fmt.Errorf("%s shows no code", name)
	}
	for _, l := range code {
		if n := utf8.RuneCountInString(l); n > content {
			return fmt.Errorf("%s: %d columns are too many, there are %d: %s", name, n, content, l)
		}
	}
	text := "package p; func _() {\n" + strings.Join(code, "\n") + "\n}"
	if _, err := parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution); err != nil {
		return fmt.Errorf("%s: what is shown is no Go: %w", name, err)
	}
	return nil
}
