// SPDX-License-Identifier: Apache-2.0

package debugfs

const channel = "debugfs"
