// SPDX-License-Identifier: Apache-2.0

//go:build linux

package configfs_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
	"github.com/kernlink/kernlink/configfs"
)

// mustPlan is a plan, and its steps as lines.
func mustPlan(t testing.TB, f *configfs.FS, items ...configfs.Item) (*configfs.Plan, []string) {
	t.Helper()
	p, err := f.Plan(items...)
	require.NoError(t, err)
	return p, strings.Split(p.String(), "\n")
}

// apply makes a description so, and sees that nothing is left to do then.
func apply(t testing.TB, f *configfs.FS, items ...configfs.Item) {
	t.Helper()
	p, _ := mustPlan(t, f, items...)
	require.NoError(t, p.Apply(t.Context()), "%v", p)
	p, lines := mustPlan(t, f, items...)
	require.True(t, p.Empty(), "%v", lines)
}

// sweep removes items when the test ends.
func sweep(t testing.TB, f *configfs.FS, paths ...string) {
	t.Cleanup(func() {
		for _, path := range paths {
			n, err := f.Node(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			require.NoError(t, err)
			require.NoError(t, n.RemoveAll())
		}
	})
}

func TestAPlanOfARealTree(t *testing.T) {
	f, _ := ex(t, "sets=2")
	sweep(t, f, "configfs_ex/a", "configfs_ex/b")
	a := configfs.Item{
		Path: "configfs_ex/a",
		Set:  []configfs.Attr{{"number", 64}, {"text", "hello"}, {"blob", []byte{0, 1, 2}}},
		Items: []configfs.Item{
			{Path: "set1/leaf", Set: []configfs.Attr{{"text", "of a leaf"}}},
			{Path: "inner", Activate: []configfs.Attr{{"udc", "dummy.0"}}, Deactivate: []configfs.Attr{{"udc", ""}}},
		},
		Links:      []configfs.Link{{"peer", "configfs_ex/b"}},
		Activate:   []configfs.Attr{{"enable", true}},
		Deactivate: []configfs.Attr{{"enable", false}},
	}
	b := configfs.Item{Path: "configfs_ex/b"}
	p, lines := mustPlan(t, f, a, b)
	require.Equal(t, []string{
		"make configfs_ex/a",
		"set configfs_ex/a/number = 64",
		"set configfs_ex/a/text = hello",
		`set configfs_ex/a/blob = "\x00\x01\x02"`,
		"make configfs_ex/a/set1/leaf",
		`set configfs_ex/a/set1/leaf/text = "of a leaf"`,
		"make configfs_ex/a/inner",
		"activate configfs_ex/a/inner/udc = dummy.0",
		"make configfs_ex/b",
		"link configfs_ex/a/peer -> configfs_ex/b",
		"activate configfs_ex/a/enable = 1",
	}, lines)
	require.NoError(t, p.Apply(t.Context()))
	apply(t, f, a, b)

	// What an active item refuses is done while it is off.
	a.Set[0].Value = 65
	a.Items[1].Set = []configfs.Attr{{"text", "x"}}
	_, lines = mustPlan(t, f, a, b)
	require.Equal(t, []string{
		"deactivate configfs_ex/a/enable = 0 (was 1)",
		"set configfs_ex/a/number = 65 (was 64)",
		`deactivate configfs_ex/a/inner/udc = "" (was dummy.0)`,
		`set configfs_ex/a/inner/text = x`,
		"activate configfs_ex/a/inner/udc = dummy.0",
		"activate configfs_ex/a/enable = 1",
	}, lines)
	apply(t, f, a, b)
	a.Set[0].Value, a.Deactivate = 66, nil
	p, _ = mustPlan(t, f, a)
	err := p.Apply(t.Context())
	require.ErrorIs(t, err, kernlink.ErrBusy)
	require.ErrorIs(t, err, unix.EBUSY)

	gone := configfs.Item{Path: "configfs_ex/b", Absent: true}
	_, lines = mustPlan(t, f, gone)
	require.Equal(t, []string{
		"unlink configfs_ex/a/peer -> configfs_ex/b", "remove configfs_ex/b/set0", "remove configfs_ex/b/set1", "remove configfs_ex/b",
	}, lines)
	apply(t, f, gone)
	apply(t, f, configfs.Item{Path: "configfs_ex/a", Absent: true})
	require.Zero(t, nodes(t))
}

func TestAFailureOfTheDriverIsTakenBack(t *testing.T) {
	f, group := ex(t, "")
	old := create(t, group, "old")
	require.NoError(t, attr.Set(old.Attr("text"), "before"))
	require.NoError(t, attr.Set(old.Attr("enable"), 1))
	require.NoError(t, attr.Set(old.Attr("errno"), int(unix.ENOSPC)))
	before, err := f.Export("configfs_ex")
	require.NoError(t, err)

	p, _ := mustPlan(t, f,
		configfs.Item{Path: "configfs_ex/new", Set: []configfs.Attr{{"number", 1}}, Items: []configfs.Item{{Path: "below"}, {Path: "set0/leaf"}},
			Activate: []configfs.Attr{{"udc", "x"}, {"enable", 1}}},
		configfs.Item{Path: "configfs_ex/old", Set: []configfs.Attr{{"text", "after"}, {"number", 7}},
			Links: []configfs.Link{{"peer", "configfs_ex/new"}}, Activate: []configfs.Attr{{"enable", 1}}, Deactivate: []configfs.Attr{{"enable", 0}}},
		configfs.Item{Path: "configfs_ex/old", Set: []configfs.Attr{{"trouble", "x"}}},
	)
	err = p.Apply(t.Context())
	require.ErrorIs(t, err, unix.ENOSPC)
	e, ok := errors.AsType[*configfs.ApplyError](err)
	require.True(t, ok)
	require.Equal(t, "set configfs_ex/old/trouble = x", e.Step.String())
	require.Empty(t, e.NotUndone, "%v", err)
	after, err := f.Export("configfs_ex")
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Equal(t, 1, nodes(t))
}

// What cannot be taken back: an item that the kernel came to depend on, and the
// value of an attribute that nobody can read.
func TestWhatTheKernelDoesNotLetBeTakenBackIsNamed(t *testing.T) {
	f, group := ex(t, "")
	old := create(t, group, "old")
	require.NoError(t, attr.Set(old.Attr("errno"), int(unix.EIO)))
	sweep(t, f, "configfs_ex/new")
	p, _ := mustPlan(t, f,
		configfs.Item{Path: "configfs_ex/new", Set: []configfs.Attr{{"pinned", 1}}},
		configfs.Item{Path: "configfs_ex/old", Set: []configfs.Attr{{"writeonly", "secret"}, {"trouble", 1}}})
	err := p.Apply(t.Context())
	require.ErrorIs(t, err, unix.EIO)
	e, ok := errors.AsType[*configfs.ApplyError](err)
	require.True(t, ok)
	require.Empty(t, e.Undone)
	require.Len(t, e.NotUndone, 2)
	require.Equal(t, "set configfs_ex/old/writeonly = secret", e.NotUndone[0].Step.String())
	require.Equal(t, "make configfs_ex/new", e.NotUndone[1].Step.String())
	require.ErrorIs(t, e.NotUndone[1].Err, kernlink.ErrBusy)
	require.ErrorContains(t, err, "not undone: make configfs_ex/new: ")
	require.NoError(t, attr.Set(child(t, group, "new").Attr("pinned"), 0))
}

// An attribute that cannot be read is in every plan: nobody knows what it holds.
func TestAWriteOnlyAttributeIsWrittenInEveryPlan(t *testing.T) {
	f, group := ex(t, "")
	create(t, group, "a")
	for range 2 {
		p, lines := mustPlan(t, f, configfs.Item{Path: "configfs_ex/a", Set: []configfs.Attr{{"writeonly", "x"}, {"number", 0}}})
		require.Equal(t, []string{"set configfs_ex/a/writeonly = x"}, lines)
		require.NoError(t, p.Apply(t.Context()))
	}
	_, err := f.Plan(configfs.Item{Path: "configfs_ex/a", Set: []configfs.Attr{{"no_such", 1}}})
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// What Export reads makes the same tree where there is none, by way of JSON.
// The attribute stubborn, whose mode says that it can be written, refuses
// everything; it is not asked, since it prints what it is to be.
func TestExportOfARealTreeMakesItAnew(t *testing.T) {
	f, group := ex(t, "sets=2")
	a, b := create(t, group, "a"), create(t, group, "b")
	c := create(t, b, "c")
	leaf := create(t, child(t, a, "set1"), "leaf")
	for _, set := range []error{
		attr.Set(leaf.Attr("text"), "two words"),
		attr.Set(c.Attr("number"), -7), attr.Set(c.Attr("enable"), 1), attr.Set(c.Attr("udc"), "dummy.0"),
		b.Binary("blob").Write([]byte{0, 255, '\n'}),
		attr.Set(b.Attr("errno"), int(unix.EIO)), // trouble cannot be read
		a.Link("to_c", c), c.Link("to_a", a),
	} {
		require.NoError(t, set)
	}
	exported, err := f.Export("configfs_ex")
	require.NoError(t, err)
	names := map[string]bool{}
	for _, s := range exported.Items[1].Set {
		names[s.Name] = true
	}
	require.Equal(t, map[string]bool{
		"blob": true, "errno": true, "guarded": true, "number": true, "picky": true, "pinned": true,
		"stubborn": true, "text": true, "udc": true,
	}, names, "not readonly, writeonly, trouble, enable")
	p, _ := mustPlan(t, f, exported)
	require.True(t, p.Empty(), "%v", p)
	text, err := json.MarshalIndent(exported, "", "  ")
	require.NoError(t, err)

	require.NoError(t, b.RemoveAll())
	require.NoError(t, a.RemoveAll())
	require.Zero(t, nodes(t))
	var read configfs.Item
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, exported, read)
	apply(t, f, read)
	again, err := f.Export("configfs_ex")
	require.NoError(t, err)
	require.Equal(t, exported, again)
	require.Equal(t, 4, nodes(t))
}
