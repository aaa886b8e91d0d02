// SPDX-License-Identifier: Apache-2.0

// Package procfs reads /proc.
package procfs
