// SPDX-License-Identifier: Apache-2.0

// Package sysctl placeholder.
package sysctl
