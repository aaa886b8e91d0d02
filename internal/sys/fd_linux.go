// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// CWD stands for the working folder where a folder's descriptor is asked for:
// absolute paths do not look at it.
const CWD = unix.AT_FDCWD
