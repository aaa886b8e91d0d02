// SPDX-License-Identifier: Apache-2.0

// Package modparam builds, parses and checks the parameter string of a kernel
// module: what follows the file name in
//
//	insmod echo.ko cnt=2 args=a,b
//
// [Marshal] makes the string from a struct, a map or a list, [Unmarshal] and
// [Parse] take one apart by the kernel's own rules, and a [Schema], read from
// the module file, says whether the module knows these parameters and whether
// their types take these values.
//
// An [FS] is the way to the parameters of a module that is loaded, or built
// into the kernel, one file each for package attr:
//
//	modules, err := modparam.Open(nil)
//	defer modules.Close()
//	words, err := attr.Get[[]string](modules.Param("echo", "args"))
//	err = attr.Set(modules.Param("snd-hda-intel", "power_save"), 10)
//
// # What the kernel can be told
//
// The kernel's parser has one quoting rule and no escape. Words are separated
// by white space, a double quote switches that off until the next one, and
// the quotes are taken away only where they enclose a whole value (or a whole
// word). Array elements are separated by commas, always. Where that cannot
// carry a value, Marshal refuses it; it never sends something else:
//
//   - A value with white space is quoted whole: words="a,b c,d". White space
//     is the kernel's: space, \t, \n, \v, \f, \r and the byte 0xA0, which is
//     part of many UTF-8 letters ("à" is C3 A0). It arrives exactly, leading
//     and trailing too.
//   - A value with a double quote is refused, an array element with a comma,
//     anything with a NUL. All other bytes pass.
//   - An empty string is fine (name=), and so is an array with one empty
//     string. An array without elements does not exist for the kernel, which
//     would read one empty element: it is refused. Leave it nil to omit it.
//   - Names are letters, digits, '_' and '-'. The last two are equal for the
//     kernel, so the same name spelled both ways is refused as given twice.
//     The word -- would end the parameters.
//   - Booleans are written 1 and 0, which every bool, invbool, bint and
//     integer parameter takes; Y and N only the first three would.
//   - Numbers are written in decimal, or in hexadecimal where the field says
//     so. There is no floating point in kernel parameters.
//
// A string that is handed to Marshal is the way around all this: it passes
// unchanged when the kernel would see in it what it seems to say.
//
// # Choosing
//
// A struct with `param` tags for the parameters that a program knows, a
// map[string]any for those that come from a configuration file, a []Param
// where the order counts or a name comes without a value. To load the module
// with them see package kmod, which takes the same values, and checks them
// against the module's Schema first, because the kernel ignores a name that
// it does not know and loads the module regardless.
//
// [FS.Param] is for what a module has now; the method Param of a *kmod.Module
// does the same without an FS to close. How such a file is read and written:
//
//   - Any bool for bool, invbool and bint, an integer of the width for the
//     others, string for charp and string, a slice for an array.
//   - Here the kernel's parser does not split words, so nothing is quoted and
//     a double quote is a character like any other.
//   - A text parameter keeps all bytes that it is given: echo leaves a newline
//     in it, attr.Set does not. attr.Get takes newlines off the end.
//   - The kernel does not look at a write of nothing: setting an empty text
//     stores one newline, which attr.Get reads as "".
//   - The elements of an array are stored one after the other: when the kernel
//     refuses one, those before it are all that the array has then.
//
// # Errors
//
// All errors are *kernlink.Error with the parameter's name as Path and no
// Kind. Where the kernel would have refused the value itself, errors.Is finds
// the errno it would have used: syscall.EINVAL, syscall.ERANGE, syscall.ENOSPC.
// An unknown name is an [UnknownError].
//
// The errors of an FS, and of the files that it hands out, have the file's
// path instead. errors.Is finds [fs.ErrInvalid] for what cannot be a name,
// [fs.ErrNotExist] for a module that is not loaded and for a parameter that it
// does not have or does not show (permissions 0), [kernlink.ErrReadOnly] for
// one that only the loader may set, [kernlink.ErrGone] when the module was
// unloaded under an attr.Value that had it open. A value that the kernel
// refuses is syscall.EINVAL or syscall.ERANGE, or what the module's own code
// says, and is named in the Hint.
//
// # Privileges
//
// None for the string: nothing asks the kernel, and [ReadSchema] reads a file.
// A parameter's file is root's and has the mode that the module gave it,
// mostly 0644 or 0444; what that forbids is [kernlink.ErrRestricted].
//
// # Kernel versions
//
// The rules are those of kernel/params.c and lib/cmdline.c since 4.0, where
// -- came to end the parameters. The tests of this package that need a kernel
// of their own hold Marshal, Split and Check against it. The kernel takes the
// whole string as one allocation, so 4 MB are too much on common machines
// (ENOMEM).
package modparam
