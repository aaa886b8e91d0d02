// SPDX-License-Identifier: Apache-2.0

// Package feature reads facts about the running kernel that errors, test
// requirements and probes name: its version, its configuration, the
// capabilities of this thread, lockdown, seccomp.
//
// Each reader takes the root folder of the pseudo-filesystems, "/" for the
// running kernel, so that it works on a captured tree too. Nothing is cached:
// a capability can be dropped and lockdown raised at any time.
//
// # Errors
//
// All are *kernlink.Error with Channel "feature". A text that the kernel would
// not write is [ErrFormat]; a kernel whose configuration is found nowhere is
// [ErrNoConfig] and kernlink.ErrNotSupported. Where there is no Linux every
// reader fails with errors.ErrUnsupported, and [Lockdown] says "none".
//
// # Privileges
//
// None. A configuration in /boot that only root may read is passed over.
//
// # Kernel versions
//
// Lockdown came with 5.4, CAP_PERFMON and CAP_BPF with 5.8 and
// CAP_CHECKPOINT_RESTORE with 5.9; on an older kernel nobody has them.
package feature
