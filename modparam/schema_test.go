// SPDX-License-Identifier: Apache-2.0

package modparam

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/modinfo"
)

func read(t testing.TB, file string) *Schema {
	f, err := os.Open("testdata/" + file)
	require.NoError(t, err)
	defer f.Close()
	s, err := ReadSchema(f)
	require.NoError(t, err)
	return s
}

func TestReadSchemaOfTheReferenceModules(t *testing.T) {
	require.Equal(t, &Schema{Module: "echo", LongBits: 64, Params: []Spec{
		{"cnt", "int", "How many of args to print"},
		{"args", "array of charp", "The words to print, at most 10"},
	}}, read(t, "echo.elf").sorted())

	s := read(t, "params.elf")
	for _, name := range strings.Fields("bool invbool bint byte short ushort int uint long ulong ullong hexint charp string") {
		spec, ok := s.Lookup(name)
		require.True(t, ok, name)
		require.EqualValues(t, name, spec.Type)
	}
	level, ok := s.Lookup("level")
	require.True(t, ok)
	require.Equal(t, Spec{Name: "level", Description: "An even number from 0 to 100"}, level)
	_, ok = s.Lookup("lev")
	require.False(t, ok)
	require.Contains(t, s.String(), "ints:At most 4 int (array of int)\n")
	require.Contains(t, s.String(), "level:An even number from 0 to 100\n")
}

// sorted puts cnt before args: the linker's order is not ours to test.
func (s *Schema) sorted() *Schema {
	if len(s.Params) == 2 && s.Params[0].Name == "args" {
		s.Params[0], s.Params[1] = s.Params[1], s.Params[0]
	}
	return s
}

func TestReadSchemaFindsCallbacksByTheirSymbols(t *testing.T) {
	// A parameter by module_param_cb without a MODULE_PARM_DESC, a described
	// callback, a plain parameter; the symbols as objcopy left them.
	s := read(t, "callback.elf")
	_, ok := s.Lookup("hidden")
	require.True(t, ok)
	require.NoError(t, s.Check("hidden=1 callback=x plain=5"))
	require.NoError(t, s.Check("hidden"))

	f, err := os.Open("testdata/callback.elf")
	require.NoError(t, err)
	defer f.Close()
	var r modinfo.Reader
	info, err := r.Read(f)
	require.NoError(t, err)
	require.Error(t, ParseSchema(info.Section).Check("hidden=1"), "from .modinfo alone it is unknown")
}

func TestParseSchemaSkipsNonsense(t *testing.T) {
	s := ParseSchema([]byte("orphan\x00parm=\x00parm=:x\x00parm=nocolon\x00parmtype=:int\x00parm=a:b:c\x00parmtype=a:int\x00=\x00name=m"))
	require.Equal(t, &Schema{Module: "m", Params: []Spec{{"a", "int", "b:c"}}}, s)
	require.Equal(t, &Schema{}, ParseSchema(nil))
}

func TestReadSchemaOfNoModule(t *testing.T) {
	_, err := ReadSchema(bytes.NewReader([]byte("no module")))
	require.ErrorIs(t, err, modinfo.ErrNotELF)
	require.EqualError(t, err, "modparam: read schema: not an ELF file")
}

func TestCheckPassesWhatTheModuleTakes(t *testing.T) {
	s := read(t, "params.elf")
	for _, line := range []string{
		"", "bool", "bint", "bool=on invbool=N bint=y", "byte=255 short=-32768 ushort=0xffff int=-0x80000000",
		"uint=4294967295 long=-9223372036854775808 ulong=18446744073709551615 ullong=+0", "hexint=0xff", "ints=1,0x2,-3",
		"charp=", `charp="x y,z"`, "string=anything", "level=12", "level", "level=x", "async_probe", "dyndbg=+p", "dyndbg",
		"charp=" + strings.Repeat("x", 1024),
	} {
		require.NoError(t, s.Check(line), line)
	}
	require.NoError(t, s.Check(map[string]any{"ints": []int{1, 2}, "bool": true}))
	require.NoError(t, read(t, "echo.elf").Check("args=,,"))
}

func TestCheckRefusesWhatTheModuleWouldNotTake(t *testing.T) {
	s := read(t, "params.elf")
	for line, c := range map[string]struct {
		want  string
		errno error
	}{
		"byte=256":                           {`check params.byte: byte: "256" is out of range, 0 to 255`, syscall.ERANGE},
		"byte=-1":                            {`check params.byte: byte: "-1" is negative, the range is 0 to 255`, syscall.EINVAL},
		"short=32768":                        {`check params.short: short: "32768" is out of range, -32768 to 32767`, syscall.ERANGE},
		"ushort=65536":                       {`check params.ushort: ushort: "65536" is out of range, 0 to 65535`, syscall.ERANGE},
		"hexint=0x1ffffffff":                 {`check params.hexint: hexint: "0x1ffffffff" is out of range, 0 to 4294967295`, syscall.ERANGE},
		"uint=1.5":                           {`check params.uint: uint: "1.5" is not a number`, syscall.EINVAL},
		"long=x":                             {`check params.long: long: "x" is not a number`, syscall.EINVAL},
		"ulong=-5":                           {`check params.ulong: ulong: "-5" is negative, the range is 0 to 18446744073709551615`, syscall.EINVAL},
		"ullong=":                            {`check params.ullong: ullong: "" is not a number`, syscall.EINVAL},
		"bool=2":                             {`check params.bool: "2" is not a boolean: 1, Y, on or 0, N, off`, syscall.EINVAL},
		"invbool":                            {"check params.invbool: needs a value: only a bool may come as a bare name", syscall.EINVAL},
		"int":                                {"check params.int: needs a value: only a bool may come as a bare name", syscall.EINVAL},
		"ints":                               {"check params.ints: needs a value: only a bool may come as a bare name", syscall.EINVAL},
		"ints=1,,2":                          {`check params.ints: element 1 of array of int: int: "" is not a number`, syscall.EINVAL},
		"ints=":                              {`check params.ints: element 0 of array of int: int: "" is not a number`, syscall.EINVAL},
		"charp=" + strings.Repeat("x", 1025): {"check params.charp: has 1025 bytes, a charp takes 1024", syscall.ENOSPC},
		`charp="`:                            {"marshal charp: a double quote is not closed, the kernel would take all that follows for the value", nil},
	} {
		t.Run(line[:min(len(line), 20)], func(t *testing.T) {
			err := s.Check(line)
			require.EqualError(t, err, "modparam: "+c.want)
			var e *kernlink.Error
			require.ErrorAs(t, err, &e)
			require.Nil(t, e.Kind)
			if c.errno != nil {
				require.ErrorIs(t, err, c.errno)
			}
		})
	}
}

func TestCheckNamesWhatWasProbablyMeant(t *testing.T) {
	s := ParseSchema([]byte("name=echo\x00parmtype=cnt:int\x00parmtype=args:array of charp\x00"))
	err := s.Check(map[string]any{"cmt": 1})
	require.EqualError(t, err, "modparam: check echo.cmt: no such parameter, and the kernel would ignore it (did you mean cnt? it has cnt, args)")
	unknown, ok := errors.AsType[*UnknownError](err)
	require.True(t, ok)
	require.Equal(t, &UnknownError{Name: "cmt", Known: []string{"cnt", "args"}, Closest: "cnt"}, unknown)

	require.EqualError(t, s.Check("debug"), "modparam: check echo.debug: no such parameter, and the kernel would ignore it (it has cnt, args)")
	require.EqualError(t, (&Schema{}).Check("a=1"), "modparam: check a: no such parameter, and the kernel would ignore it (the module has no parameters)")
	require.Error(t, s.Check("async-probe"), "the kernel compares this one letter by letter")
}

func TestLongIsAsWideAsTheKernelOfTheModule(t *testing.T) {
	s := ParseSchema([]byte("parmtype=n:long\x00parmtype=u:ulong\x00"))
	require.NoError(t, s.Check("n=2147483648 u=4294967296"))
	s.LongBits = 32
	require.ErrorIs(t, s.Check("n=2147483648"), syscall.ERANGE)
	require.ErrorIs(t, s.Check("u=4294967296"), syscall.ERANGE)
}

func TestTypesOfTheModulesOwnPass(t *testing.T) {
	s := ParseSchema([]byte("parmtype=a:mytype\x00parmtype=b:array of mytype\x00parmtype=c:bool_enable_only\x00"))
	require.NoError(t, s.Check("a=anything a b=1,x c"))
	require.ErrorIs(t, s.Check("b"), syscall.EINVAL)
}

func TestClosestIsNotFarFetched(t *testing.T) {
	known := []string{"cnt", "args", "max_queue_size", strings.Repeat("l", 100)}
	for name, want := range map[string]string{
		"cnt2": "cnt", "max-queue-sizes": "max_queue_size", "mx_queuesize": "max_queue_size", "debug": "", "x": "", "": "",
		"arg": "args", strings.Repeat("l", 99): "",
	} {
		require.Equal(t, want, closest(name, known), name)
	}
}

func FuzzParseSchema(f *testing.F) {
	for _, file := range []string{"echo.elf", "params.elf"} {
		b, err := os.ReadFile("testdata/" + file)
		require.NoError(f, err)
		f.Add(b, "cnt=1 args=a")
	}
	f.Add([]byte("parmtype=a:array of array of int\x00"), "a=1,2")
	f.Fuzz(func(t *testing.T, section []byte, line string) {
		_ = ParseSchema(section).Check(line)
		if s, err := ReadSchema(bytes.NewReader(section)); err == nil {
			_ = s.Check(line)
			_ = s.String()
		}
	})
}
