// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"context"
	"time"
	"unicode"
	"unicode/utf8"
)

// show has the table in the terminal, brought up to date at each interval,
// until ctx or the user ends it.
func (k *ktop) show(ctx context.Context) error {
	t, err := openTerminal()
	if err != nil {
		return err
	}
	defer t.close()
	ticker := time.NewTicker(k.interval)
	defer ticker.Stop()
	if err := k.look(); err != nil {
		return err
	}
	for {
		k.fit(t.height)
		if err := t.draw(k.draw(t.width)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.resized:
			t.measure()
		case key, more := <-t.keys:
			if !more || !k.view.press(key) {
				return nil
			}
		case <-ticker.C:
			if err := k.look(); err != nil {
				return err
			}
		}
	}
}

// fit has as many rows as there is room for, or was asked for.
func (k *ktop) fit(height int) {
	k.view.rows = max(height-headLines, 1)
	if k.rows > 0 {
		k.view.rows = min(k.view.rows, k.rows)
	}
}

// Keys that are no letters.
const (
	ctrlC     = 3
	backspace = 8
	enterKey  = 13
	escape    = 27
	del       = 127
)

// press does what a key means, and reports whether to go on.
func (v *view) press(key byte) (more bool) {
	if key == ctrlC {
		return false
	}
	if v.typing {
		v.edit(key)
		return true
	}
	switch key {
	case 'q':
		return false
	case 'r':
		v.reverse = !v.reverse
	case '/':
		v.typing, v.input = true, v.input[:0]
	case escape:
		v.filter = nil
	}
	for _, o := range orders {
		if o.key == key {
			v.order, v.reverse = o, false
		}
	}
	return true
}

// edit is a key while a filter is typed in.
func (v *view) edit(key byte) {
	switch {
	case key == enterKey || key == '\n':
		v.typing, v.filter = false, filterOf(string(v.input))
	case key == escape:
		v.typing, v.filter = false, nil
	case key == del || key == backspace:
		_, size := utf8.DecodeLastRune(v.input)
		v.input = v.input[:len(v.input)-size]
	case key >= utf8.RuneSelf || unicode.IsPrint(rune(key)):
		v.input = append(v.input, key)
	}
}
