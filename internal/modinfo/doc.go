// SPDX-License-Identifier: Apache-2.0

// Package modinfo reads the .modinfo section of kernel modules: the
// `key=value` strings that MODULE_LICENSE, MODULE_PARM_DESC, MODULE_ALIAS and
// modpost leave in a .ko file. Packages modparam and kmod share it.
//
// [Reader] reads only what leads to the section: the ELF header, the section
// headers with the section names, and the section itself. That is three reads
// of the file where the names lie next to the headers, as linkers put them,
// and four where they do not; never the code, the symbols or the debug
// information. [Parse] splits a section that is already
// in memory, and modules.builtin.modinfo too, whose keys are `module.key`.
//
// # Choosing
//
// debug/elf in the standard library does the same for one file at 3.5 times
// the cost, and makes 150 allocations for it: it decodes all sections and
// wants all of their names. Over the 4000 modules of a distribution kernel
// that is 600 000 allocations. A Reader makes none once its buffer has grown.
//
// Compressed modules (.ko.gz, .ko.xz, .ko.zst) are the business of package
// kmod; here they are [ErrNotELF].
//
// # Errors
//
// The errors are bare values of this package, or those of the file that was
// read. The channel above knows the file's name and wraps them once, in a
// kernlink.Error. No size or offset in the file is trusted: memory is taken
// in steps as the file really yields bytes, and never more than [MaxSection]
// for one part.
package modinfo
