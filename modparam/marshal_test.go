// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

type common struct {
	Debug int `param:"debug"`
}

// level has a text form of its own.
type level int

func (l level) MarshalText() ([]byte, error) { return []byte(strings.Repeat("x", int(l))), nil }

func (l *level) UnmarshalText(b []byte) error { *l = level(len(b)); return nil }

type everything struct {
	common
	Bool   bool       `param:"bool"`
	Int    int        `param:"int"`
	Byte   uint8      `param:"byte"`
	Short  int16      `param:"short"`
	ULLong uint64     `param:"ullong"`
	Mask   uint32     `param:"mask,hex"`
	Delta  int        `param:"delta,hex"`
	Text   string     `param:"text"`
	Words  []string   `param:"words"`
	Fixed  [2]int     `param:"fixed"`
	Bytes  []byte     `param:"bytes"`
	Flags  []bool     `param:"flags"`
	Addr   netip.Addr `param:"addr"`
	Level  level      `param:"level"`
	Levels []level    `param:"levels"`
	Maybe  *int       `param:"maybe"`
	Zero   int        `param:"zero,omitempty"`
	Hexes  []uint16   `param:"hexes,omitempty,hex"`
	Ours   chan int   `param:"-"`
}

func some(n int) *int { return &n }

func full() everything {
	return everything{
		common: common{3}, Bool: true, Int: -5, Byte: 255, Short: math.MinInt16, ULLong: math.MaxUint64,
		Mask: 0xff, Delta: -16, Text: "two words", Words: []string{"a", "b c"}, Fixed: [2]int{1, 2},
		Bytes: []byte{1, 200}, Flags: []bool{true, false}, Addr: netip.MustParseAddr("fe80::1"), Level: 3,
		Levels: []level{1, 2}, Maybe: some(0), Hexes: []uint16{10, 11},
	}
}

const fullText = `debug=3 bool=1 int=-5 byte=255 short=-32768 ullong=18446744073709551615 mask=0xff delta=-0x10 ` +
	`text="two words" words="a,b c" fixed=1,2 bytes=1,200 flags=1,0 addr=fe80::1 level=xxx levels=x,xx maybe=0 hexes=0xa,0xb`

func TestMarshalWritesEveryKindOfField(t *testing.T) {
	got, err := Marshal(full())
	require.NoError(t, err)
	require.Equal(t, fullText, got)
	v := full()
	got, err = Marshal(&v)
	require.NoError(t, err)
	require.Equal(t, fullText, got)
}

func TestUnmarshalIsTheInverse(t *testing.T) {
	var got everything
	require.NoError(t, Unmarshal(fullText, &got))
	require.Equal(t, full(), got)
}

func TestMarshalTakesOtherShapes(t *testing.T) {
	type text string
	var nilStruct *everything
	var nilMap map[string]any
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"nil":              {nil, ""},
		"nil pointer":      {nilStruct, ""},
		"nil map":          {nilMap, ""},
		"empty struct":     {struct{}{}, ""},
		"map is sorted":    {map[string]any{"b": 1, "a": "x y", "c": []int{1, 2}, "d": nil}, `a="x y" b=1 c=1,2`},
		"map of strings":   {map[string]string{"b": "", "a": "1"}, "a=1 b="},
		"map of named":     {map[text]text{"b": "2"}, "b=2"},
		"list keeps order": {[]Param{val("b", "1"), flag("a"), val("b", "2")}, "b=1 a b=2"},
		"pointer to list":  {&[]Param{flag("a")}, "a"},
		"one":              {val("a", "1"), "a=1"},
		"string unchanged": {` a=1  "b=c d" `, ` a=1  "b=c d" `},
		"raw inner quotes": {`cfg={"a":1} x`, `cfg={"a":1} x`},
		"named string":     {text("a=1"), "a=1"},
		"list of any":      {map[string]any{"a": []any{1, "x", true}}, "a=1,x,1"},
		"nil slice":        {map[string]any{"a": []string(nil)}, ""},
		"one empty":        {map[string]any{"a": []string{""}}, "a="},
		"pointers":         {map[string]any{"a": some(7)}, "a=7"},
		"embedded nil": {struct {
			*common
			A int `param:"a"`
		}{A: 1}, "a=1"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Marshal(c.in)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
}

func TestValuesArriveExactly(t *testing.T) {
	for _, value := range []string{
		"", " ", "a", " a ", "a b", "a\tb", "a\nb\n", "\v", "\f", "\r", "à", "\xa0", "\xff\x01", "a,b", "a=b", "=", "--", "a -- b",
		"'", "'a b'", `\`, `\ `, "$(x)", "#", "{}", strings.Repeat("long ", 1000),
	} {
		line, err := Marshal(map[string]any{"before": value, "then": []string{strings.ReplaceAll(value, ",", ";"), "end"}, "x": 1})
		require.NoError(t, err)
		got, err := Parse(line)
		require.NoError(t, err)
		require.Equal(t, []Param{val("before", value), val("then", strings.ReplaceAll(value, ",", ";")+",end"), val("x", "1")}, got)
	}
}

func TestMarshalRefusesWhatTheKernelCannotBeTold(t *testing.T) {
	type self struct{ *self }
	type loop *loop
	var endless loop
	endless = &endless
	for name, c := range map[string]struct {
		in   any
		want string
	}{
		"quote":            {map[string]any{"a": `say "hi"`}, `marshal a: "say \"hi\"" has a double quote, for which the kernel knows no escape`},
		"quote in list":    {map[string]any{"a": []string{"b", `"`}}, `marshal a: "b,\"" has a double quote, for which the kernel knows no escape`},
		"quote in Param":   {val("a", `"`), `marshal a: "\"" has a double quote, for which the kernel knows no escape`},
		"NUL":              {map[string]any{"a": "x\x00y"}, `marshal a: "x\x00y" has a NUL, where the kernel would end the string`},
		"comma":            {map[string]any{"a": []string{"x", "y,z"}}, `marshal a: element 1, "y,z", has a comma, which separates elements, quoted or not`},
		"no elements":      {map[string]any{"a": []int{}}, "marshal a: the kernel has no array without elements (it would read one empty element): leave it nil to omit it"},
		"nested list":      {map[string]any{"a": [][]int{{1}}}, "marshal a: element 0 is a list: the kernel's arrays do not nest"},
		"nil element":      {map[string]any{"a": []*int{nil}}, "marshal a: element 0 is nil"},
		"float":            {map[string]any{"a": 1.5}, "marshal a: a float64: the kernel has no parameters with a fraction"},
		"float element":    {map[string]any{"a": []float32{1}}, "marshal a: element 0: a float32: the kernel has no parameters with a fraction"},
		"struct value":     {map[string]any{"a": common{}}, "marshal a: a modparam.common is no parameter value: give a bool, an integer, a string, a list of these, or an encoding.TextMarshaler"},
		"empty name":       {map[string]any{"": 1}, "marshal: a parameter has no name"},
		"end mark":         {map[string]any{"--": 1}, "marshal --: the word -- would end the parameters"},
		"space in name":    {map[string]any{"a b": 1}, `marshal a b: name "a b" has the character " ": names are letters, digits, '_' and '-'`},
		"letter in name":   {map[string]any{"é": 1}, `marshal é: name "é" has the character "\xc3": names are letters, digits, '_' and '-'`},
		"module in name":   {map[string]any{"echo.cnt": 1}, `marshal echo.cnt: name "echo.cnt" has a dot: module.name is the form of the kernel command line, here the module is given`},
		"spelled twice":    {map[string]any{"a-b": 1, "a_b": 2}, "marshal a_b: given twice: a-b and a_b are one name to the kernel"},
		"flag with value":  {Param{Name: "a", Value: "1"}, `marshal a: HasValue is false and Value is "1"`},
		"name of a Param":  {flag("a b"), `marshal a b: name "a b" has the character " ": names are letters, digits, '_' and '-'`},
		"string, quote":    {`a="b`, "marshal a: a double quote is not closed, the kernel would take all that follows for the value"},
		"string, name":     {"a =1", `marshal =1: name "=1" has the character "=": names are letters, digits, '_' and '-'`},
		"string, after --": {"a=1 -- b=2", `marshal: "b=2" stands after --, where the kernel ignores it`},
		"a number":         {5, "marshal: a int is no set of parameters: give a struct, a map with string keys, a []modparam.Param or a string"},
		"a list":           {[]int{1}, "marshal: a []int is no set of parameters: give a struct, a map with string keys, a []modparam.Param or a string"},
		"int keys":         {map[int]int{1: 1}, "marshal: a map[int]int is no set of parameters: give a struct, a map with string keys, a []modparam.Param or a string"},
		"no tags":          {struct{ a int }{1}, "marshal: struct { a int } has no field with a param tag"},
		"no tag":           {struct{ A int }{1}, "marshal: field A has no param tag: name the parameter, or write `param:\"-\"`"},
		"tag not exported": {struct {
			a int `param:"a"`
		}{1}, "marshal: field a has a param tag and is not exported"},
		"empty tag": {struct {
			A int `param:",hex"`
		}{1}, "marshal: field A: a parameter has no name"},
		"unknown option": {struct {
			A int `param:"a,yn"`
		}{1}, `marshal: field A: unknown tag option "yn": there are hex and omitempty`},
		"two fields": {struct {
			A int `param:"a-b"`
			B int `param:"a_b"`
		}{1, 2}, "marshal: fields A and B are both the parameter a_b"},
		"field named":   {everything{Words: []string{"a,b"}}, `marshal words: field everything.Words: element 0, "a,b", has a comma, which separates elements, quoted or not`},
		"embeds itself": {self{}, "marshal: modparam.self embeds itself"},
		"endless":       {map[string]any{"a": 1, "b": func() {}}, "marshal b: a func() is no parameter value: give a bool, an integer, a string, a list of these, or an encoding.TextMarshaler"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Marshal(c.in)
			require.EqualError(t, err, "modparam: "+c.want)
			require.Empty(t, got)
			var e *kernlink.Error
			require.ErrorAs(t, err, &e)
			require.Nil(t, e.Kind)
		})
	}
	got, err := Marshal(map[string]any{"a": endless})
	require.NoError(t, err, "a pointer to itself never gets anywhere: nil")
	require.Empty(t, got)
}

// FuzzMarshal: whatever is given is refused, or the kernel gets exactly it.
func FuzzMarshal(f *testing.F) {
	f.Add("cnt", "2", "args", "a,b", "c")
	f.Add("a-b", `"x"`, "a_b", " ", "à")
	f.Add("--", "", "x", "\x00", "\n")
	f.Add("a", "x y", "b", "--", `c "d`)
	f.Fuzz(func(t *testing.T, name1, value1, name2, elem1, elem2 string) {
		in := map[string]any{name1: value1}
		want := map[string]string{name1: value1}
		if name2 != name1 {
			in[name2] = []string{elem1, elem2}
			want[name2] = elem1 + "," + elem2
		}
		line, err := Marshal(in)
		if err != nil {
			return
		}
		params, err := Parse(line)
		require.NoError(t, err)
		require.Equal(t, params, slices.Collect(Split(line)))
		got := map[string]string{}
		for _, p := range params {
			require.True(t, p.HasValue)
			got[p.Name] = p.Value
		}
		require.True(t, maps.Equal(want, got), "%q: %q", line, got)
		if name2 != name1 {
			require.NotContains(t, elem1+elem2, ",")
		}
		var back map[string]string
		require.NoError(t, Unmarshal(line, &back))
		require.Equal(t, want, back)
	})
}
