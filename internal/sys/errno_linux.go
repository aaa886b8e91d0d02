// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// ENODATA is an errno that not every system has: no value is there.
const ENODATA = unix.ENODATA
