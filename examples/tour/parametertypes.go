// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"io/fs"
	"syscall"

	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/examples/tour/internal/stage"
	"github.com/kernlink/kernlink/kmod"
	"github.com/kernlink/kernlink/modparam"
)

func parameterTypes() stage.Chapter {
	return stage.Chapter{
		Title:    "Module parameters of every type",
		Packages: "modparam",
		Modules:  []string{"params"},
		Steps:    []stage.StepFunc{loadParams, readParams, removeParams, exceedType, quoteQuote},
	}
}

// A struct becomes the words that the kernel gets.
//
// Marshal only shows them here: Insert takes the struct itself. The module
// logs each new level, and its secret, which has no file.
func loadParams(ctx context.Context, tour *stage.Step) error {
	type Params struct {
		Bool    bool   `param:"bool"`
		Invbool bool   `param:"invbool"`
		Bint    bool   `param:"bint"`
		Byte    uint8  `param:"byte"`
		Short   int16  `param:"short"`
		Ushort  uint16 `param:"ushort"`
		Int     int32  `param:"int"`
		Uint    uint32 `param:"uint"`
		Long    int64  `param:"long"`
		Ulong   uint64 `param:"ulong"`
		Ullong  uint64 `param:"ullong"`
		Hexint  uint32 `param:"hexint,hex"`
		Charp   string `param:"charp"`
		String  string `param:"string"`
		Ints    []int  `param:"ints"`
		Fixed   int    `param:"fixed,omitempty"` // zero: it keeps its own value
		Level   int    `param:"level"`
		Secret  int    `param:"secret"`
	}
	p := Params{
		Bool: true, Invbool: true, Bint: true, Byte: 255, Short: -32768, Ushort: 65535,
		Int: -1, Uint: 1 << 31, Long: -1 << 63, Ulong: 1 << 63, Ullong: 1<<64 - 1,
		Hexint: 0xcafe, Charp: "two words", String: `c:\temp`, Ints: []int{1, -2, 3},
		Level: 12, Secret: 4711,
	}
	line, err := modparam.Marshal(p)
	if err != nil {
		return err
	}
	_, err = kmod.Insert(ctx, "params.ko", p)
	if err != nil {
		return err
	}
	tour.Show(line)
	return nil
}

// The same parameters, as the kernel shows them below /sys/module.
func readParams(ctx context.Context, tour *stage.Step) error {
	info, err := kmod.ReadInfo("params.ko")
	if err != nil {
		return err
	}
	mod, err := kmod.Find("params")
	if err != nil {
		return err
	}
	for _, p := range info.Params {
		value, err := attr.Get[string](mod.Param(p.Name))
		if errors.Is(err, fs.ErrNotExist) {
			continue // its permissions are 0
		}
		if err != nil {
			return err
		}
		tour.Show(p.Name, p.Type, value)
	}
	return nil
}

// Unload it by its name.
func removeParams(ctx context.Context, tour *stage.Step) error {
	return kmod.Remove(ctx, "params")
}

// A value that the type cannot hold.
//
// It is refused before the kernel is asked, with the errno that it would use.
func exceedType(ctx context.Context, tour *stage.Step) error {
	_, err := kmod.Insert(ctx, "params.ko", map[string]any{"byte": 256})
	tour.Refused(err, syscall.ERANGE)
	return nil
}

// A value that the kernel cannot be told at all.
//
// Its parser has no escape for a double quote. Marshal refuses, and mangles nothing.
func quoteQuote(ctx context.Context, tour *stage.Step) error {
	_, err := modparam.Marshal(map[string]any{"charp": `say "hello"`})
	tour.Refused(err)
	return nil
}
