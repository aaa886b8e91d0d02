// SPDX-License-Identifier: Apache-2.0

//go:build linux && race

package main

// raceDetector: with it the compiler inlines less, and more is allocated.
const raceDetector = true
