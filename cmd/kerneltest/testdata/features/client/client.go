// SPDX-License-Identifier: Apache-2.0

// Package client has something to cover.
package client

// Add is covered by a test, Sub is not.
func Add(a, b int) int { return a + b }

// Sub is covered by none.
func Sub(a, b int) int { return a - b }
