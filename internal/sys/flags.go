// SPDX-License-Identifier: Apache-2.0

package sys

// Linux's own numbers of the generic table (amd64, arm64, riscv64, ...),
// where package unix lacks them or does not compile on other systems.
const (
	// Flags of finit_module(2), include/uapi/linux/module.h.
	ModuleInitIgnoreModversions = 1
	ModuleInitIgnoreVermagic    = 2
	ModuleInitCompressedFile    = 4
)
