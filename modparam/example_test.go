// SPDX-License-Identifier: Apache-2.0

package modparam_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/kernlink/kernlink/modparam"
)

type EchoParams struct {
	Count int      `param:"cnt"`
	Args  []string `param:"args"`
}

func ExampleMarshal() {
	s, err := modparam.Marshal(EchoParams{Count: 2, Args: []string{"a", "b"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	// Output: cnt=2 args=a,b
}

// White space needs quotes around the whole value, and gets them.
func ExampleMarshal_quoted() {
	s, err := modparam.Marshal(map[string]any{
		"args":  []string{"one", "two words"},
		"debug": true,
		"empty": "",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s)
	// Output: args="one,two words" debug=1 empty=
}

// What the kernel cannot be told is refused, never changed.
func ExampleMarshal_refused() {
	_, err := modparam.Marshal(EchoParams{Count: 1, Args: []string{"a", "b,c"}})
	fmt.Println(err)
	_, err = modparam.Marshal(EchoParams{Count: 1, Args: []string{`say "hi"`}})
	fmt.Println(err)
	// Output:
	// modparam: marshal args: field EchoParams.Args: element 1, "b,c", has a comma, which separates elements, quoted or not
	// modparam: marshal args: field EchoParams.Args: "say \"hi\"" has a double quote, for which the kernel knows no escape
}

func ExampleUnmarshal() {
	var p EchoParams
	err := modparam.Unmarshal(`cnt=0x10 args="one,two words"`, &p)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d %q\n", p.Count, p.Args)
	// Output: 16 ["one" "two words"]
}

func ExampleParse() {
	params, err := modparam.Parse(`debug words="a,b c" -- not for the module`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range params {
		fmt.Printf("%s %v %q\n", p.Name, p.HasValue, p.Value)
	}
	// Output:
	// debug false ""
	// words true "a,b c"
}

// The kernel would load the module and ignore the mistyped name.
func ExampleSchema_Check() {
	f, err := os.Open("testdata/echo.elf") // stands for echo.ko
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()
	schema, err := modparam.ReadSchema(f)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Check(EchoParams{Count: 2}))
	err = schema.Check("cmt=2")
	if unknown, ok := errors.AsType[*modparam.UnknownError](err); ok {
		fmt.Println(unknown.Name, "->", unknown.Closest)
	}
	fmt.Println(schema.Check("cnt=3000000000"))
	// Output:
	// <nil>
	// cmt -> cnt
	// modparam: check echo.cnt: int: "3000000000" is out of range, -2147483648 to 2147483647
}
