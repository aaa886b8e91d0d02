// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"net/netip"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnmarshalReadsAsTheKernelReads(t *testing.T) {
	type target struct {
		Bool  *bool       `param:"bool"`
		Int   int         `param:"int"`
		Byte  uint8       `param:"byte"`
		Text  string      `param:"the_text"`
		Words []string    `param:"words"`
		Fixed [3]int      `param:"fixed"`
		Addr  *netip.Addr `param:"addr"`
		Any   any         `param:"any"`
	}
	yes, addr := true, netip.MustParseAddr("::1")
	for name, c := range map[string]struct {
		line string
		want target
	}{
		"nothing":         {"", target{}},
		"bare bool":       {"bool", target{Bool: &yes}},
		"bool by letter":  {"bool=Yikes", target{Bool: &yes}},
		"hexadecimal":     {"int=-0xfF", target{Int: -255}},
		"octal":           {"int=010", target{Int: 8}},
		"plus":            {"byte=+7", target{Byte: 7}},
		"one newline":     {"int=\"7\n\"", target{Int: 7}},
		"other spelling":  {"the-text=x", target{Text: "x"}},
		"last one counts": {"int=1 words=a,b int=2 words=c", target{Int: 2, Words: []string{"c"}}},
		"empty list":      {"words=", target{Words: []string{""}}},
		"short array":     {"fixed=1,2", target{Fixed: [3]int{1, 2, 0}}},
		"text form":       {"addr=::1", target{Addr: &addr}},
		"any":             {"any=5", target{Any: "5"}},
		"after the end":   {"int=1 -- int=2", target{Int: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			var got target
			require.NoError(t, Unmarshal(c.line, &got))
			require.Equal(t, c.want, got)
		})
	}
}

func TestUnmarshalRefusesWhatTheKernelRefuses(t *testing.T) {
	type target struct {
		*common
		Bool  bool     `param:"bool"`
		Int   int32    `param:"int"`
		Byte  []byte   `param:"byte"`
		Fixed [1]int   `param:"fixed"`
		Chan  chan int `param:"chan"`
	}
	for name, c := range map[string]struct {
		line, want string
		errno      error
	}{
		"unknown":          {"nope=1", "nope: modparam.target has no field for it", nil},
		"no value":         {"int", "int: field target.Int: needs a value: only a bool may come as a bare name", syscall.EINVAL},
		"no number":        {"int=x", `int: field target.Int: "x" is not a number`, syscall.EINVAL},
		"empty":            {"int=", `int: field target.Int: "" is not a number`, syscall.EINVAL},
		"octal":            {"int=08", `int: field target.Int: "08" is not a number: a leading 0 means octal`, syscall.EINVAL},
		"too large":        {"int=2147483648", `int: field target.Int: "2147483648" is out of range, -2147483648 to 2147483647`, syscall.ERANGE},
		"negative":         {"byte=1,-1", `byte: field target.Byte: "-1" is negative, the range is 0 to 255`, syscall.EINVAL},
		"no bool":          {"bool=2", `bool: field target.Bool: "2" is not a boolean: 1, Y, on or 0, N, off`, syscall.EINVAL},
		"too many":         {"fixed=1,2", "fixed: field target.Fixed: 2 elements, there is room for 1", nil},
		"kind":             {"chan=1", "chan: field target.Chan: a chan int cannot hold a parameter", nil},
		"hidden embedding": {"debug=1", "debug: field target.common.Debug: the embedded *modparam.common is nil and not exported", nil},
	} {
		t.Run(name, func(t *testing.T) {
			err := Unmarshal(c.line, &target{})
			require.EqualError(t, err, "modparam: unmarshal "+c.want)
			if c.errno != nil {
				require.ErrorIs(t, err, c.errno)
			}
		})
	}
	var m map[string]int
	type loop *loop
	for _, v := range []any{nil, target{}, (*target)(nil), &m, new(int)} {
		require.ErrorContains(t, Unmarshal("a=1", v), "cannot be filled")
	}
	require.ErrorContains(t, Unmarshal("a", &struct {
		A loop `param:"a"`
	}{}), "points to itself")
	require.ErrorContains(t, Unmarshal(`a="`, &m), "not closed")
}

func TestUnmarshalLeavesTheFieldOnError(t *testing.T) {
	v := common{Debug: 5}
	require.Error(t, Unmarshal("debug=99999999999999999999", &v))
	require.Equal(t, 5, v.Debug)
}

func TestUnmarshalMakesEmbeddedPointers(t *testing.T) {
	type Common struct {
		Debug int `param:"debug"`
	}
	var v struct{ *Common }
	require.NoError(t, Unmarshal("debug=2", &v))
	require.Equal(t, 2, v.Debug)
}

func TestUnmarshalIntoMapsAndLists(t *testing.T) {
	var strings map[string]string
	require.NoError(t, Unmarshal(`a-b=1 c a_b="x y"`, &strings))
	require.Equal(t, map[string]string{"a_b": "x y", "c": "1"}, strings)
	anys := map[string]any{"kept": 1}
	require.NoError(t, Unmarshal("a=1", &anys))
	require.Equal(t, map[string]any{"kept": 1, "a": "1"}, anys)
	var params []Param
	require.NoError(t, Unmarshal("a=1 b", &params))
	require.Equal(t, []Param{val("a", "1"), flag("b")}, params)
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(fullText)
	f.Add("bool debug=0x7f words=,,")
	f.Fuzz(func(t *testing.T, line string) {
		var v everything
		if Unmarshal(line, &v) != nil {
			return
		}
		again, err := Marshal(v)
		if err != nil { // a quote that the kernel keeps cannot be written again
			require.ErrorContains(t, err, "double quote")
			return
		}
		var back everything
		require.NoError(t, Unmarshal(again, &back))
		third, err := Marshal(back)
		require.NoError(t, err)
		require.Equal(t, again, third)
	})
}
