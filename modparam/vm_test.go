// SPDX-License-Identifier: Apache-2.0

package modparam_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink/internal/sys"
	"github.com/kernlink/kernlink/kerneltest"
	"github.com/kernlink/kernlink/modparam"
)

// What this package says of the kernel, said by the kernel: parameters go in
// with finit_module(2), past package kmod and its checks, and are read back
// from sysfs.
//
//kerneltest:need modules=../kmod/reference/echo,../kmod/reference/params

func TestMain(m *testing.M) { kerneltest.Main(m) }

// target is a reference module that is loaded again and again.
type target struct {
	t    testing.TB
	name string
	fd   int
}

func newTarget(t testing.TB, name string) *target {
	kerneltest.Require(t, kerneltest.VM, kerneltest.Module(name))
	fd, err := sys.Open(kerneltest.ModulePath(name), sys.ReadOnly)
	require.NoError(t, err)
	t.Cleanup(func() { _ = sys.Close(fd) })
	return &target{t, name, fd}
}

// with loads the module with this parameter string, calls f and unloads it.
// The error is the loading's.
func (m *target) with(line string, f func()) error {
	if err := sys.FinitModule(m.fd, line, 0); err != nil {
		return err
	}
	defer func() { require.NoError(m.t, sys.DeleteModule(m.name), "unload after %q", line) }()
	f()
	return nil
}

// get reads a parameter, without the newline that sysfs adds.
func (m *target) get(param string) string {
	b, err := sys.ReadFile(m.file(param))
	require.NoError(m.t, err)
	text, found := strings.CutSuffix(string(b), "\n")
	require.True(m.t, found, "%q", b)
	return text
}

// set stores a value, which the kernel sees as it is.
func (m *target) set(param, value string) error {
	fd, err := sys.Open(m.file(param), sys.WriteOnly)
	require.NoError(m.t, err)
	defer sys.Close(fd)
	_, err = sys.Write(fd, []byte(value))
	return err
}

func (m *target) file(param string) string {
	return "/sys/module/" + m.name + "/parameters/" + param
}

func (m *target) schema() *modparam.Schema {
	f, err := os.Open(kerneltest.ModulePath(m.name))
	require.NoError(m.t, err)
	defer f.Close()
	s, err := modparam.ReadSchema(f)
	require.NoError(m.t, err)
	return s
}

// allTypes has every parameter of the module params that can be read back.
type allTypes struct {
	Bool    bool    `param:"bool"`
	InvBool bool    `param:"invbool"`
	Bint    bool    `param:"bint"`
	Byte    uint8   `param:"byte"`
	Short   int16   `param:"short"`
	UShort  uint16  `param:"ushort,hex"`
	Int     int32   `param:"int,hex"`
	UInt    uint32  `param:"uint"`
	Long    int     `param:"long"`
	ULong   uint    `param:"ulong"`
	ULLong  uint64  `param:"ullong,hex"`
	HexInt  uint32  `param:"hexint,hex"`
	CharP   string  `param:"charp"`
	String  string  `param:"string"`
	Ints    []int32 `param:"ints"`
}

// shown is what sysfs shows for the values.
func (v allTypes) shown() map[string]string {
	yes := map[bool]string{true: "Y", false: "N"}
	number := map[bool]string{true: "1", false: "0"}
	var ints []string
	for _, n := range v.Ints {
		ints = append(ints, fmt.Sprint(n))
	}
	return map[string]string{
		"bool": yes[v.Bool], "invbool": yes[v.InvBool], "bint": number[v.Bint],
		"byte": fmt.Sprint(v.Byte), "short": fmt.Sprint(v.Short), "ushort": fmt.Sprint(v.UShort),
		"int": fmt.Sprint(v.Int), "uint": fmt.Sprint(v.UInt), "long": fmt.Sprint(v.Long),
		"ulong": fmt.Sprint(v.ULong), "ullong": fmt.Sprint(v.ULLong), "hexint": hexint(v.HexInt),
		"charp": v.CharP, "string": v.String, "ints": strings.Join(ints, ","),
	}
}

// hexint is the kernel's %#08x: eight characters with the 0x.
func hexint(n uint32) string { return fmt.Sprintf("0x%06x", n) }

func TestKernelStoresWhatWasMarshalled(t *testing.T) {
	m := newTarget(t, "params")
	r := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		v := allTypes{
			Bool: r.IntN(2) == 0, InvBool: r.IntN(2) == 0, Bint: r.IntN(2) == 0,
			Byte: uint8(r.Uint32()), Short: int16(r.Uint32()), UShort: uint16(r.Uint32()),
			Int: int32(r.Uint32()), UInt: r.Uint32(), Long: int(r.Uint64()), ULong: uint(r.Uint64()),
			ULLong: r.Uint64(), HexInt: r.Uint32() >> r.IntN(33), CharP: text(r, 1024), String: text(r, 15),
		}
		for range 1 + r.IntN(4) {
			v.Ints = append(v.Ints, int32(r.Uint32()))
		}
		m.stores(v)
	}
	m.stores(allTypes{Ints: []int32{math.MinInt32, math.MaxInt32}, Long: math.MinInt, ULong: math.MaxUint,
		ULLong: math.MaxUint64, Short: math.MinInt16, Int: math.MinInt32, CharP: strings.Repeat(" x", 512)})
}

func (m *target) stores(v allTypes) {
	line, err := modparam.Marshal(v)
	require.NoError(m.t, err)
	require.NoError(m.t, m.schema().Check(line))
	err = m.with(line, func() {
		for name, want := range v.shown() {
			require.Equal(m.t, want, m.get(name), "%s of %q", name, line)
		}
	})
	require.NoError(m.t, err, "%q", line)
}

// text is random bytes, white space often, none that is refused.
func text(r *rand.Rand, longest int) string {
	const likely = " \t\n\v\f\r\xa0=,-'\\#$ab"
	b := make([]byte, r.IntN(min(longest, 1<<r.IntN(11))+1))
	for i := range b {
		b[i] = likely[r.IntN(len(likely))]
		if r.IntN(4) == 0 {
			b[i] = byte(1 + r.IntN(255))
		}
		if b[i] == '"' {
			b[i] = '\''
		}
	}
	return string(b)
}

func TestKernelKeepsTheElementsOfAnArrayApart(t *testing.T) {
	m := newTarget(t, "echo")
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		v := EchoParams{}
		for range 1 + r.IntN(10) {
			v.Args = append(v.Args, strings.ReplaceAll(text(r, 30), ",", ";"))
		}
		line, err := modparam.Marshal(v)
		require.NoError(t, err)
		err = m.with(line, func() {
			require.Equal(t, strings.Join(v.Args, ","), m.get("args"), "%q", line)
		})
		require.NoError(t, err, "%q", line)
	}
}

// Random junk, mostly quotes: whatever Split says that the kernel sees is what
// it then has, or why it refuses.
func TestKernelSplitsAsSplitSays(t *testing.T) {
	m := newTarget(t, "params")
	schema := m.schema()
	r := rand.New(rand.NewPCG(5, 6))
	pieces := []string{`"`, `"`, `"`, " ", " ", "\t", "\xa0", "=", "charp=", "charp=", "int=", "3", "-", "--", ",", "x", "à", "bool", "string="}
	loaded, refused := 0, 0
	for range 200 {
		var b strings.Builder
		for range r.IntN(14) {
			b.WriteString(pieces[r.IntN(len(pieces))])
		}
		line := b.String()
		want := map[string]string{"charp": "initial", "int": "-3", "string": "initial", "bool": "N"}
		var wantErr error
		for p := range modparam.Split(line) {
			if _, known := want[p.Name]; !known {
				continue
			}
			// Check takes no double quote; only text may have one.
			asked := p
			asked.Value = strings.ReplaceAll(p.Value, `"`, "!")
			err := schema.Check(asked)
			if err != nil {
				wantErr = err // the kernel goes on, and returns the last
			}
			want[p.Name] = map[bool]string{true: p.Value, false: "Y"}[p.HasValue && p.Name != "bool"]
			if p.Name == "int" && err == nil {
				n, _ := strconv.ParseInt(p.Value, 0, 32)
				want["int"] = strconv.FormatInt(n, 10)
			}
			if p.Name == "bool" && p.HasValue && err == nil {
				var v struct {
					Bool bool `param:"bool"`
				}
				require.NoError(t, modparam.Unmarshal("bool="+p.Value, &v))
				want["bool"] = map[bool]string{true: "Y", false: "N"}[v.Bool]
			}
			if p.Name == "string" && len(p.Value) > 15 {
				wantErr = syscall.ENOSPC
			}
		}
		err := m.with(line, func() {
			for name, value := range want {
				require.Equal(t, value, m.get(name), "%s of %q", name, line)
			}
		})
		if wantErr != nil {
			refused++
			require.ErrorIs(t, wantErr, errnoOf(err), "%q", line)
			continue
		}
		loaded++
		require.NoError(t, err, "%q", line)
	}
	require.Greater(t, loaded, 50)
	require.Greater(t, refused, 20)
}

func errnoOf(err error) error {
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		return errno
	}
	return errors.New("the kernel took it")
}

// For each type and a list of nasty values Check and the kernel are of one
// mind, about the errno too.
func TestCheckAndTheKernelAreOfOneMind(t *testing.T) {
	m := newTarget(t, "params")
	schema := m.schema()
	values := strings.Fields("0 1 -1 +1 -0 +0 +-1 -- - + 7 08 010 0x 0x1 0X1F 0xg -0x80 0b1 0o7 1_0 1.5 1k " +
		"127 128 -128 -129 255 256 32767 32768 -32768 -32769 65535 65536 0xffff 0x10000 " +
		"2147483647 2147483648 -2147483648 -2147483649 4294967295 4294967296 " +
		"9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 " +
		"18446744073709551615 18446744073709551616 99999999999999999999 -99999999999999999999 99999999999999999999x " +
		"Y y N n yes no on ON off Off o ox of 2 1, ,1 1,2 1,,2 x \xff")
	values = append(values, " 1", "1 ", "1\n", "1\n\n", "\n", strings.Repeat("x", 1024), strings.Repeat("x", 1025))
	require.NoError(t, m.with("", func() {
		for _, spec := range schema.Params {
			if spec.Type == "" || spec.Type == "string" || spec.Name == "fixed" || spec.Name == "secret" {
				continue
			}
			for _, value := range values {
				m.agree(spec, value, m.set(spec.Name, value), schema.Check(map[string]string{spec.Name: value}))
			}
		}
	}))
}

func TestCheckAndTheKernelAgreeOnEmptyAndBareNames(t *testing.T) {
	m := newTarget(t, "params")
	schema := m.schema()
	for _, spec := range schema.Params {
		if spec.Type == "" {
			continue
		}
		for _, line := range []string{spec.Name, spec.Name + "=", spec.Name + `=""`} {
			m.agree(spec, line, m.with(line, func() {}), schema.Check(line))
		}
	}
	require.NoError(t, m.with(`async_probe dyndbg=+p dyndbg nonsense=1 b-y-t-e=1`, func() {}), "unknown names are ignored")
}

func (m *target) agree(spec modparam.Spec, value string, kernel, ours error) {
	where := fmt.Sprintf("%s (%s) %.40q: kernel %v, Check %v", spec.Name, spec.Type, value, kernel, ours)
	if kernel == nil {
		require.NoError(m.t, ours, where)
		return
	}
	require.ErrorIs(m.t, ours, errnoOf(kernel), where)
}
