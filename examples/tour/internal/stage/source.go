// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"reflect"
	"runtime"
	"strings"
)

// source is the source of one step's function.
type source struct {
	files *token.FileSet
	text  string
	decl  *ast.FuncDecl
}

// findSource looks a function up in the embedded source, by the name and the
// file that the running program itself has for it.
func findSource(fsys fs.FS, step StepFunc) (*source, error) {
	fn := runtime.FuncForPC(reflect.ValueOf(step).Pointer())
	if fn == nil {
		return nil, fmt.Errorf("a step that is no function")
	}
	file, _ := fn.FileLine(fn.Entry())
	name := fn.Name()[strings.LastIndexByte(fn.Name(), '.')+1:]
	text, err := fs.ReadFile(fsys, path.Base(file))
	if err != nil {
		return nil, fmt.Errorf("the source of %s is not embedded: %w", name, err)
	}
	s := &source{files: token.NewFileSet(), text: string(text)}
	tree, err := parser.ParseFile(s.files, path.Base(file), text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	for _, d := range tree.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == name && f.Body != nil {
			s.decl = f
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s has no function %s: a step is a declared function", path.Base(file), name)
}

// title and comment are the first paragraph of the doc comment and the rest.
func (s *source) title() string {
	title, _, _ := strings.Cut(s.decl.Doc.Text(), "\n\n")
	return strings.Join(strings.Fields(title), " ")
}

func (s *source) comment() []string {
	_, rest, _ := strings.Cut(s.decl.Doc.Text(), "\n\n")
	var paragraphs []string
	for p := range strings.SplitSeq(rest, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			paragraphs = append(paragraphs, p)
		}
	}
	return paragraphs
}

// calls are the calls of the Step's methods.
func (s *source) calls() []*ast.CallExpr {
	var calls []*ast.CallExpr
	ast.Inspect(s.decl.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && s.onStep(call) {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}

// call is the one that stands at line: the line it begins in, and its
// arguments as they are written.
func (s *source) call(line int) (first int, args []string) {
	for _, call := range s.calls() {
		if line < s.line(call.Pos()) || line > s.line(call.End()) {
			continue
		}
		for _, arg := range call.Args {
			args = append(args, strings.Join(strings.Fields(s.slice(arg)), " "))
		}
		return s.line(call.Pos()), args
	}
	return line, nil
}

// onStep reports whether call is a method of the function's *Step.
func (s *source) onStep(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == s.stepName()
}

// stepName is what the function calls its *Step, its last parameter.
func (s *source) stepName() string {
	params := s.decl.Type.Params.List
	if len(params) == 0 {
		return ""
	}
	names := params[len(params)-1].Names
	if len(names) == 0 {
		return ""
	}
	return names[len(names)-1].Name
}

func (s *source) line(p token.Pos) int { return s.files.Position(p).Line }

func (s *source) slice(n ast.Node) string {
	return s.text[s.files.Position(n.Pos()).Offset:s.files.Position(n.End()).Offset]
}
