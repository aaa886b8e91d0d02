// SPDX-License-Identifier: Apache-2.0

package errno_test

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
	"github.com/kernlink/kernlink/internal/errno"
)

func TestAnErrnoMeansTheSameInEveryChannel(t *testing.T) {
	for err, want := range map[error]error{
		nil:                   nil,
		syscall.EBUSY:         kernlink.ErrBusy,
		syscall.EPERM:         kernlink.ErrRestricted,
		syscall.EACCES:        kernlink.ErrRestricted,
		syscall.EROFS:         kernlink.ErrReadOnly,
		syscall.ENOSYS:        kernlink.ErrNotSupported,
		errors.ErrUnsupported: kernlink.ErrNotSupported,
		syscall.ENOENT:        nil, // a name that is none, as a rule
		syscall.ENODEV:        nil,
		syscall.EINVAL:        nil,
		syscall.EIO:           nil,
	} {
		require.Equal(t, want, errno.Kind(err), err)
		if err != nil {
			require.Equal(t, want, errno.Kind(fmt.Errorf("below: %w", err)), err)
		}
	}
}
