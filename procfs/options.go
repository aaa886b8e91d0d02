// SPDX-License-Identifier: Apache-2.0

package procfs

// Options are for [Open] and [OpenAt]. There is nothing to choose so far; nil
// is as good.
type Options struct{}
