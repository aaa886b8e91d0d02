// SPDX-License-Identifier: Apache-2.0

package configfs

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/attr"
)

// mustPlan is a plan, and its steps as lines.
func mustPlan(t testing.TB, f *FS, items ...Item) (*Plan, []string) {
	t.Helper()
	p, err := f.Plan(items...)
	require.NoError(t, err)
	return p, strings.Split(p.String(), "\n")
}

var disk0 = Item{
	Path:       "disks/disk0",
	Set:        []Attr{{"size", 64}, {"memory_backed", true}},
	Activate:   []Attr{{"power", true}},
	Deactivate: []Attr{{"power", false}},
}

func TestAPlanMakesSetsAndSwitchesOnInTheOrderGiven(t *testing.T) {
	f := fixture(t)
	p, lines := mustPlan(t, f, disk0)
	require.Equal(t, []string{
		"make disks/disk0",
		"set disks/disk0/size = 64",
		"set disks/disk0/memory_backed = 1",
		"activate disks/disk0/power = 1",
	}, lines)
	require.NoError(t, p.Apply(t.Context()))
	require.Equal(t, []string{
		"disks/disk0/", "disks/disk0/label=", "disks/disk0/memory_backed=1", "disks/disk0/mode=[none] fast",
		"disks/disk0/parts/", "disks/disk0/power=1", "disks/disk0/size=64",
	}, f.tree(t)[1:])
	p, lines = mustPlan(t, f, disk0)
	require.True(t, p.Empty())
	require.Empty(t, p.Steps())
	require.Equal(t, []string{"nothing to do"}, lines)
	require.NoError(t, p.Apply(t.Context()))
}

func TestAnActiveItemIsSwitchedOffWhileItIsChanged(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0)
	require.NoError(t, p.Apply(t.Context()))
	other := disk0
	other.Set = []Attr{{"size", 128}, {"memory_backed", true}}
	other.Items = []Item{{Path: "parts/1", Set: []Attr{{"start", 8}}}}
	p, lines := mustPlan(t, f, other)
	require.Equal(t, []string{
		"deactivate disks/disk0/power = 0 (was 1)",
		"set disks/disk0/size = 128 (was 64)",
		"make disks/disk0/parts/1",
		"set disks/disk0/parts/1/start = 8",
		"activate disks/disk0/power = 1",
	}, lines)
	require.Equal(t, Step{Op: Set, Path: "disks/disk0", Attr: "size", Value: "128", Old: "64\n"}, p.Steps()[1])
	require.NoError(t, p.Apply(t.Context()))
	_, lines = mustPlan(t, f, other)
	require.Equal(t, []string{"nothing to do"}, lines)

	// Who does not say how it is switched off has it changed as it is.
	other.Deactivate, other.Set = nil, []Attr{{"size", 1}}
	_, lines = mustPlan(t, f, other)
	require.Equal(t, []string{"set disks/disk0/size = 1 (was 128)"}, lines)
	// And one that is off is switched on, and not off before.
	require.NoError(t, attr.Set(f.file("disks/disk0", "power"), 0))
	_, lines = mustPlan(t, f, disk0)
	require.Equal(t, []string{"set disks/disk0/size = 64 (was 128)", "activate disks/disk0/power = 1 (was 0)"}, lines)
}

// A link waits for its target, and what switches its item on waits for it.
func TestALinkToWhatThePlanMakesLaterWaitsForIt(t *testing.T) {
	f := fixture(t)
	first := Item{Path: "disks/first", Links: []Link{{"peer", "disks/second"}}, Activate: []Attr{{"power", 1}}}
	second := Item{Path: "disks/second", Links: []Link{{"parts/x", "disks/first"}}, Activate: []Attr{{"power", 1}}}
	want := []string{
		"make disks/first",
		"make disks/second",
		"link disks/second/parts/x -> disks/first",
		"activate disks/second/power = 1",
		"link disks/first/peer -> disks/second",
		"activate disks/first/power = 1",
	}
	_, lines := mustPlan(t, f, Item{Path: "disks", Items: []Item{
		{Path: "first", Links: first.Links, Activate: first.Activate},
		{Path: "second", Links: second.Links, Activate: second.Activate},
	}})
	require.Equal(t, want, lines)
	p, lines := mustPlan(t, f, first, second)
	require.Equal(t, want, lines)
	require.NoError(t, p.Apply(t.Context()))
	_, lines = mustPlan(t, f, first, second)
	require.Equal(t, []string{"nothing to do"}, lines)

	_, lines = mustPlan(t, f, Item{Path: "disks/first", Links: []Link{{"peer", ""}, {"none", ""}}})
	require.Equal(t, []string{"unlink disks/first/peer -> disks/second"}, lines)
	p, lines = mustPlan(t, f,
		Item{Path: "disks/third"},
		Item{Path: "disks/first", Links: []Link{{"peer", "disks/third"}}, Deactivate: []Attr{{"power", 0}}, Activate: []Attr{{"power", 1}}})
	require.Equal(t, []string{
		"make disks/third",
		"deactivate disks/first/power = 0 (was 1)",
		"unlink disks/first/peer -> disks/second",
		"link disks/first/peer -> disks/third",
		"activate disks/first/power = 1",
	}, lines)
	require.NoError(t, p.Apply(t.Context()))

	_, err := f.Plan(Item{Path: "disks/x", Links: []Link{{"l", "disks/none"}}})
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, "its target disks/none is not there")
}

func TestAnActiveItemWhoseLinkWaitsIsSwitchedOffBeforeAndOnAfterIt(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0)
	require.NoError(t, p.Apply(t.Context()))
	linked := disk0
	linked.Links = []Link{{"peer", "disks/later"}}
	_, lines := mustPlan(t, f, linked, Item{Path: "disks/later"})
	require.Equal(t, []string{
		"deactivate disks/disk0/power = 0 (was 1)",
		"make disks/later",
		"link disks/disk0/peer -> disks/later",
		"activate disks/disk0/power = 1",
	}, lines)
}

func TestWhatIsToBeAbsentIsRemovedWithAllThatHoldsIt(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0,
		Item{Path: "disks/disk0", Items: []Item{{Path: "parts/1"}}, Links: []Link{{"own", "disks/disk0/parts/1"}}},
		Item{Path: "disks/other", Links: []Link{{"peer", "disks/disk0"}}})
	require.NoError(t, p.Apply(t.Context()))
	gone := Item{Path: "disks/disk0", Absent: true, Deactivate: disk0.Deactivate}
	p, lines := mustPlan(t, f, gone, gone)
	require.Equal(t, []string{
		"deactivate disks/disk0/power = 0 (was 1)",
		"unlink disks/other/peer -> disks/disk0",
		"unlink disks/disk0/own -> disks/disk0/parts/1",
		"remove disks/disk0/parts/1",
		"remove disks/disk0/parts",
		"remove disks/disk0",
	}, lines)
	require.NoError(t, p.Apply(t.Context()))
	p, _ = mustPlan(t, f, gone)
	require.True(t, p.Empty())
	_, err := f.Node("disks/disk0")
	require.ErrorIs(t, err, fs.ErrNotExist)

	// Anew, in one plan.
	p, _ = mustPlan(t, f, disk0)
	require.NoError(t, p.Apply(t.Context()))
	p, lines = mustPlan(t, f, gone, disk0)
	require.Equal(t, "deactivate disks/disk0/power = 0 (was 1)", lines[0])
	require.Equal(t, []string{"remove disks/disk0", "make disks/disk0", "set disks/disk0/size = 64"}, lines[2:5])
	require.NoError(t, p.Apply(t.Context()))
}

func TestAValueIsComparedWithWhatTheKernelPrints(t *testing.T) {
	for _, tt := range []struct {
		want    any
		printed string
		same    bool
	}{
		{64, "64\n", true}, {64, "0x40\n", true}, {64, "0X40", true}, {64, "65\n", false}, {-1, "-1\n", true},
		{uint64(1 << 63), "9223372036854775808\n", true}, {-1, "18446744073709551615\n", false},
		{0, "-0\n", true}, {8, "010\n", false}, {10, "010\n", true}, {64, "many\n", false}, {0, "\n", false},
		{json.Number("64"), "0x40\n", true},
		{true, "1\n", true}, {true, "Y\n", true}, {true, "enabled\n", true}, {true, "N\n", false},
		{false, "off\n", true}, {false, "\n", false}, {false, "2\n", false},
		{"64", "64\n", true}, {"64", "0x40\n", false}, {"1", "Y\n", false}, {"a b", "  a b \n", true},
		{"", "\n", true}, {"", "", true}, {"", "x\n", false},
		{"fast", "none [fast]\n", true}, {"none", "none [fast]\n", false}, {"none [fast]", "none [fast]\n", true},
		{[]byte("a"), "a", true}, {[]byte("a"), "a\n", false},
		{attr.Bits{0, 1, 2}, "0-2\n", true},
	} {
		v, err := valueOf(attr.At("/x", attr.Configfs), tt.want)
		require.NoError(t, err)
		require.Equal(t, tt.same, v.is(tt.printed), "%#v and %q", tt.want, tt.printed)
	}
}

func TestAPlanThatFailsIsTakenBack(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0, Item{Path: "disks/old", Links: []Link{{"peer", "disks/disk0"}}})
	require.NoError(t, p.Apply(t.Context()))
	before := f.tree(t)

	changed := disk0
	changed.Set = []Attr{{"size", 5}, {"mode", "fast"}}
	p, _ = mustPlan(t, f, changed,
		Item{Path: "disks/new", Set: []Attr{{"size", 1}}, Activate: []Attr{{"power", 1}}},
		Item{Path: "disks/old", Links: []Link{{"peer", "disks/new"}, {"other", "disks/new"}}},
		Item{Path: "disks/new/parts/1", Set: []Attr{{"no_such", 1}}})
	err := p.Apply(t.Context())
	require.ErrorIs(t, err, fs.ErrNotExist)
	e, ok := errors.AsType[*ApplyError](err)
	require.True(t, ok)
	require.Equal(t, "set disks/new/parts/1/no_such = 1", e.Step.String())
	require.Empty(t, e.NotUndone)
	var undone []string
	for _, s := range e.Undone {
		undone = append(undone, s.String())
	}
	require.Equal(t, []string{
		"make disks/new/parts/1",
		"link disks/old/other -> disks/new",
		"link disks/old/peer -> disks/new",
		"unlink disks/old/peer -> disks/disk0",
		"activate disks/new/power = 1",
		"make disks/new",
		"activate disks/disk0/power = 1",
		"set disks/disk0/mode = fast (was none)",
		"set disks/disk0/size = 5 (was 64)",
		"deactivate disks/disk0/power = 0 (was 1)",
	}, undone)
	// The selector of the folder is no selector any more: "none" was written.
	require.Equal(t, strings.ReplaceAll(strings.Join(before, "\n"), "disk0/mode=[none] fast", "disk0/mode=none"), strings.Join(f.tree(t), "\n"))
	require.ErrorContains(t, err, "10 steps undone")
}

func TestWhatCannotBeTakenBackIsNamed(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0)
	require.NoError(t, p.Apply(t.Context()))
	p, _ = mustPlan(t, f, Item{Path: "disks/disk0", Absent: true}, Item{Path: "disks/b", Set: []Attr{{"none", 1}}})
	err := p.Apply(t.Context())
	e, ok := errors.AsType[*ApplyError](err)
	require.True(t, ok)
	require.Len(t, e.NotUndone, 1)
	require.Equal(t, "remove disks/disk0", e.NotUndone[0].Step.String())
	require.ErrorIs(t, e.NotUndone[0].Err, errRemoved)
	require.ErrorContains(t, err, "not undone: remove disks/disk0: what was removed is not made again")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

func TestTheEndOfTheContextIsSeenBetweenTheSteps(t *testing.T) {
	f := fixture(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	cancel(why)
	p, _ := mustPlan(t, f, disk0)
	err := p.Apply(ctx)
	require.ErrorIs(t, err, why)
	e, ok := errors.AsType[*ApplyError](err)
	require.True(t, ok)
	require.Equal(t, Step{Op: Make, Path: "disks/disk0"}, e.Step)
	require.Empty(t, f.tree(t)[1:])
}

func TestATreeThatChangedMeanwhileIsNotOverrun(t *testing.T) {
	f := fixture(t)
	p, _ := mustPlan(t, f, disk0)
	f.mustMake(t, "disks/disk0")
	err := p.Apply(t.Context())
	require.ErrorIs(t, err, fs.ErrExist)
	n, err := f.Node("disks/disk0")
	require.NoError(t, err, "it stays")
	require.NoError(t, n.Close())

	p, _ = mustPlan(t, f, Item{Path: "disks/a"}, Item{Path: "disks/b"}, Item{Path: "disks/a", Links: []Link{{"l", "disks/b"}}})
	require.NoError(t, p.Apply(t.Context()))
	p, _ = mustPlan(t, f, Item{Path: "disks/a", Links: []Link{{"l", ""}}})
	link := filepath.Join(f.Root(), "disks/a/l")
	require.NoError(t, os.Remove(link))
	require.NoError(t, os.Symlink("../../disks/disk0", link))
	require.ErrorIs(t, p.Apply(t.Context()), fs.ErrExist, "it leads elsewhere by now")
	require.NoError(t, os.Remove(link))
	require.NoError(t, p.Apply(t.Context()), "it went by itself")
}

func TestWhatCannotBeIsNotPlanned(t *testing.T) {
	f := fixture(t)
	f.mustMake(t, "disks/a")
	for _, tt := range []struct {
		item Item
		want error
	}{
		{Item{Path: "disks/a", Set: []Attr{{"no_such", 1}}}, fs.ErrNotExist},
		{Item{Path: "disks/a", Deactivate: []Attr{{"no_such", 1}}}, fs.ErrNotExist},
		{Item{Path: "disks/a", Set: []Attr{{"../b/size", 1}}}, fs.ErrInvalid},
		{Item{Path: "disks/b", Set: []Attr{{"", 1}}}, fs.ErrInvalid},
		{Item{Path: "disks/b", Activate: []Attr{{"x", 1.5}}}, attr.ErrMalformed},
		{Item{Path: "disks/a", Set: []Attr{{"size", nil}}}, attr.ErrMalformed},
		{Item{Path: "disks/b", Set: []Attr{{"size", strings.Repeat("x", 4095)}}}, fs.ErrInvalid},
		{Item{Path: "disks/b", Items: []Item{{Path: "../a"}}}, fs.ErrInvalid},
		{Item{Path: "disks/a", Links: []Link{{"../l", "disks/a"}}}, fs.ErrInvalid},
		{Item{Path: "disks/a", Links: []Link{{"l", "/disks/a"}}}, fs.ErrInvalid},
		{Item{Path: "disks/b/c/d"}, fs.ErrNotExist},
		{Item{Path: "disks/a/size"}, fs.ErrInvalid},
	} {
		p, err := f.Plan(tt.item)
		require.ErrorIs(t, err, tt.want, "%+v", tt.item)
		require.Nil(t, p)
	}
	_, err := f.Plan(Item{Path: "disks/b/c/d"})
	require.ErrorContains(t, err, "disks/b/c is not there to make it in")
}

func TestExportAndPlanAreOppositesThroughJSONToo(t *testing.T) {
	f := fixture(t)
	full := []Item{
		{Path: "disks/b", Set: []Attr{{"size", 9}, {"label", "two words"}}, Activate: []Attr{{"power", 1}}},
		{Path: "disks/a", Items: []Item{{Path: "parts/1", Set: []Attr{{"start", 3}}}}, Links: []Link{{"peer", "disks/b"}}},
	}
	p, _ := mustPlan(t, f, full...)
	require.NoError(t, p.Apply(t.Context()))
	require.NoError(t, os.Chmod(filepath.Join(f.Root(), "disks/a/label"), 0o444))
	exported, err := f.Export("disks")
	require.NoError(t, err)
	require.Equal(t, Item{Path: "disks", Items: []Item{
		{
			Path:  "a",
			Set:   []Attr{{"memory_backed", "N"}, {"mode", "none"}, {"size", "256000"}},
			Items: []Item{{Path: "parts", Items: []Item{{Path: "1", Set: []Attr{{"start", "3"}}}}}},
			Links: []Link{{"peer", "disks/b"}}, Activate: []Attr{{"power", "0"}}, Deactivate: []Attr{{"power", "0"}},
		}, {
			Path:  "b",
			Set:   []Attr{{"label", "two words"}, {"memory_backed", "N"}, {"mode", "none"}, {"size", "9"}},
			Items: []Item{{Path: "parts"}}, Activate: []Attr{{"power", "1"}}, Deactivate: []Attr{{"power", "0"}},
		},
	}}, exported)
	p, _ = mustPlan(t, f, exported)
	require.True(t, p.Empty(), "%v", p)

	text, err := json.Marshal(exported)
	require.NoError(t, err)
	var read Item
	require.NoError(t, json.Unmarshal(text, &read))
	require.Equal(t, exported, read)

	empty := fixture(t)
	p, _ = mustPlan(t, empty, read)
	require.NoError(t, p.Apply(t.Context()))
	require.Equal(t, f.tree(t), empty.tree(t))
	_, lines := mustPlan(t, empty, read)
	require.Equal(t, []string{"nothing to do"}, lines)
}

func TestAnAttributeIsJSON(t *testing.T) {
	for _, tt := range []struct {
		attr Attr
		text string
		back any
	}{
		{Attr{"a", 64}, `{"name":"a","value":64}`, json.Number("64")},
		{Attr{"a", uint64(1<<64 - 1)}, `{"name":"a","value":18446744073709551615}`, json.Number("18446744073709551615")},
		{Attr{"a", false}, `{"name":"a","value":false}`, false},
		{Attr{"a", ""}, `{"name":"a","value":""}`, ""},
		{Attr{"a", "x\ny"}, `{"name":"a","value":"x\ny"}`, "x\ny"},
		{Attr{"a", []byte{0, 255}}, `{"name":"a","bytes":"AP8="}`, []byte{0, 255}},
		{Attr{"a", attr.Bits{1, 2}}, `{"name":"a","value":"1-2"}`, "1-2"},
	} {
		text, err := json.Marshal(tt.attr)
		require.NoError(t, err)
		require.JSONEq(t, tt.text, string(text))
		var back Attr
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, Attr{"a", tt.back}, back)
	}
	for _, bad := range []string{
		`{"name":"a"}`, `{"name":"a","bytes":""}`, `{"name":"a","value":null}`, `{"name":"a","value":[1]}`, `{"name":"a","value":{}}`,
		`{"name":"a","value":1,"bytes":"AA=="}`, `{"name":"a","valeu":1}`, `[]`,
	} {
		require.Error(t, json.Unmarshal([]byte(bad), new(Attr)), bad)
	}
	_, err := json.Marshal(Attr{"a", 1.5})
	require.ErrorIs(t, err, attr.ErrMalformed)
}

func TestStepsArePrintedOnOneLineAndCompared(t *testing.T) {
	for s, want := range map[Step]string{
		{Op: Make, Path: "a/b"}:                                         "make a/b",
		{Op: Set, Path: "a", Attr: "x/y", Value: "1"}:                   "set a/x/y = 1",
		{Op: Set, Path: "a", Attr: "x", Value: "", Old: "two words\n"}:  `set a/x = "" (was "two words")`,
		{Op: Set, Path: "a", Attr: "x", Value: "c", Old: "[b] c\n"}:     "set a/x = c (was b)",
		{Op: Set, Path: "a", Attr: "x", Value: strings.Repeat("y", 99)}: `set a/x = "` + strings.Repeat("y", 60) + `"...`,
		{Op: Set, Path: "a", Attr: "x", Value: "a\xff"}:                 `set a/x = "a\xff"`,
		{Op: Activate, Path: "a", Attr: "UDC", Value: "x\x1b[31m"}:      `activate a/UDC = "x\x1b[31m"`,
		{Op: Unlink, Path: "a/l", Target: "b"}:                          "unlink a/l -> b",
		{Op: Op(77), Path: "a"}:                                         "Op(77) a",
	} {
		require.Equal(t, want, s.String())
	}
}

// The handles of a run are given back, whether it ends well or not.
func TestAPlanLeavesNothingOpen(t *testing.T) {
	f := fixture(t)
	count := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(all)
	}
	before := count()
	p, _ := mustPlan(t, f, disk0)
	require.NoError(t, p.Apply(t.Context()))
	p, _ = mustPlan(t, f, Item{Path: "disks/a"}, Item{Path: "disks/b", Set: []Attr{{"none", 1}}})
	require.Error(t, p.Apply(t.Context()))
	_, err := f.Export("disks")
	require.NoError(t, err)
	require.Equal(t, before, count())
}

func TestErrorsKeepTheirErrno(t *testing.T) {
	e := &ApplyError{Err: failure("set", "/x", syscall.EBUSY)}
	err := error(&kernlink.Error{Channel: channel, Op: "apply", Err: e})
	require.ErrorIs(t, err, syscall.EBUSY)
	require.ErrorIs(t, err, kernlink.ErrBusy)
}
