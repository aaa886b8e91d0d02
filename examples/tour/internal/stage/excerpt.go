// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"go/ast"
	"go/token"
	"strings"
)

// excerpt is the body of the function as the reader gets it: the lines of the
// source, without those that say nothing about the channel.
func (s *source) excerpt() []string {
	body := s.decl.Body
	hidden := s.hidden()
	all := strings.Split(s.text, "\n")
	var lines []string
	for n := s.line(body.Lbrace) + 1; n < s.line(body.Rbrace); n++ {
		if hidden[n] {
			continue
		}
		line := strings.TrimPrefix(all[n-1], "\t")
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, indent(line))
	}
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// hidden are the lines that are left out.
func (s *source) hidden() map[int]bool {
	lines := map[int]bool{}
	hide := func(n ast.Node) {
		for l := s.line(n.Pos()); l <= s.line(n.End()); l++ {
			lines[l] = true
		}
	}
	ast.Inspect(s.decl.Body, func(n ast.Node) bool {
		if n, ok := n.(*ast.IfStmt); ok && handsOn(n) {
			hide(n)
		}
		return true
	})
	for _, stmt := range s.decl.Body.List {
		switch stmt := stmt.(type) {
		case *ast.ExprStmt:
			// The answers name these expressions. Inside a loop the call
			// stays: the loop would do nothing.
			if call, ok := stmt.X.(*ast.CallExpr); ok && s.onStep(call) {
				hide(stmt)
			}
		case *ast.ReturnStmt:
			if returnsOnly(stmt, "err", "nil") {
				hide(stmt)
			}
		}
	}
	return lines
}

// handsOn reports whether it is `if err != nil { return err }`, to the letter.
func handsOn(n *ast.IfStmt) bool {
	cond, ok := n.Cond.(*ast.BinaryExpr)
	if !ok || n.Init != nil || n.Else != nil || len(n.Body.List) != 1 ||
		cond.Op != token.NEQ || !isIdent(cond.X, "err") || !isIdent(cond.Y, "nil") {
		return false
	}
	ret, ok := n.Body.List[0].(*ast.ReturnStmt)
	return ok && returnsOnly(ret, "err")
}

func returnsOnly(ret *ast.ReturnStmt, names ...string) bool {
	if len(ret.Results) != 1 {
		return false
	}
	for _, name := range names {
		if isIdent(ret.Results[0], name) {
			return true
		}
	}
	return false
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}

// indent writes leading tabs as four columns.
func indent(line string) string {
	rest := strings.TrimLeft(line, "\t")
	return strings.Repeat("    ", len(line)-len(rest)) + rest
}
