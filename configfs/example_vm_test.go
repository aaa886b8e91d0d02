// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/configfs"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/kmod"
)

// inGuest runs an example on a module of configfs, and takes all away again.
func inGuest(module string, use func(ctx context.Context, cfg *configfs.FS) error) {
	ctx := context.Background()
	if mod, err := kmod.Insert(ctx, kerneltest.ModulePath("configfs"), nil); err == nil {
		defer mod.Remove(ctx) // else it is built in
	}
	mod, err := kmod.Insert(ctx, kerneltest.ModulePath(module), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer mod.Remove(ctx)
	cfg, err := configfs.Open(&configfs.Options{Mount: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer unix.Unmount(cfg.Root(), 0)
	defer cfg.Close()
	if err := use(ctx, cfg); err != nil {
		fmt.Println(err)
	}
}

// Two nodes of the module configfs_ex, the first of which links to the second
// and is enabled when all is done.
func ExampleFS_Plan() {
	inGuest("configfs_ex", func(ctx context.Context, cfg *configfs.FS) error {
		first := configfs.Item{
			Path:       "configfs_ex/first",
			Set:        []configfs.Attr{{"number", 45}, {"text", "hello"}},
			Links:      []configfs.Link{{"peer", "configfs_ex/second"}},
			Activate:   []configfs.Attr{{"enable", true}},
			Deactivate: []configfs.Attr{{"enable", false}},
		}
		second := configfs.Item{Path: "configfs_ex/second"}
		gone := func(item configfs.Item) configfs.Item {
			return configfs.Item{Path: item.Path, Absent: true, Deactivate: item.Deactivate}
		}
		for _, items := range [][]configfs.Item{{first, second}, {first, second}, {gone(second), gone(first)}} {
			plan, err := cfg.Plan(items...)
			if err != nil {
				return err
			}
			fmt.Println(plan)
			if err := plan.Apply(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	// Output:
	// make configfs_ex/first
	// set configfs_ex/first/number = 45
	// set configfs_ex/first/text = hello
	// make configfs_ex/second
	// link configfs_ex/first/peer -> configfs_ex/second
	// activate configfs_ex/first/enable = 1
	// nothing to do
	// unlink configfs_ex/first/peer -> configfs_ex/second
	// remove configfs_ex/second/set0
	// remove configfs_ex/second
	// deactivate configfs_ex/first/enable = 0 (was 1)
	// remove configfs_ex/first/set0
	// remove configfs_ex/first
}

// A step that the driver refuses, and what becomes of those before it.
func ExamplePlan_Apply() {
	inGuest("configfs_ex", func(ctx context.Context, cfg *configfs.FS) error {
		plan, err := cfg.Plan(configfs.Item{
			Path:  "configfs_ex/node",
			Items: []configfs.Item{{Path: "below"}},
			// It never takes anything.
			Activate: []configfs.Attr{{"enable", true}, {"stubborn", 8}},
		})
		if err != nil {
			return err
		}
		err = plan.Apply(ctx)
		failed, ok := errors.AsType[*configfs.ApplyError](err)
		if !ok {
			return err
		}
		fmt.Println("failed:", failed.Step)
		for _, step := range failed.Undone {
			fmt.Println("undone:", step)
		}
		for _, left := range failed.NotUndone {
			fmt.Println("not undone:", left.Step)
		}
		fmt.Println(errors.Is(err, unix.EINVAL), errors.Is(err, kernlink.ErrBusy))
		return nil
	})
	// Output:
	// failed: activate configfs_ex/node/stubborn = 8
	// undone: activate configfs_ex/node/enable = 1
	// undone: make configfs_ex/node/below
	// undone: make configfs_ex/node
	// true false
}

// A live tree as JSON: the module's leaf, with its text.
func ExampleFS_Export() {
	inGuest("configfs_ex", func(ctx context.Context, cfg *configfs.FS) error {
		group, err := cfg.Subsystem("configfs_ex")
		if err != nil {
			return err
		}
		defer group.Close()
		node, err := group.Create("node")
		if err != nil {
			return err
		}
		defer node.RemoveAll()
		plan, err := cfg.Plan(configfs.Item{
			Path: "configfs_ex/node/set0/leaf", Set: []configfs.Attr{{"text", "hello"}},
		})
		if err != nil {
			return err
		}
		if err := plan.Apply(ctx); err != nil {
			return err
		}
		item, err := cfg.Export("configfs_ex/node/set0")
		if err != nil {
			return err
		}
		text, err := json.Marshal(item)
		fmt.Println(string(text))
		return err
	})
	// Output:
	// {"path":"configfs_ex/node/set0","items":[{"path":"leaf","set":[{"name":"text","value":"hello"}]}]}
}
