// SPDX-License-Identifier: Apache-2.0

// Package relay reads relay channels.
package relay
