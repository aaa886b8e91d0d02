// SPDX-License-Identifier: Apache-2.0

// Package feature reads facts about the running kernel that errors, test
// requirements and probes name: its version, its configuration, the
// capabilities of this process, lockdown.
//
// Each reader takes the root folder of the pseudo-filesystems, "/" for the
// running kernel, so that it works on a captured tree too.
package feature
