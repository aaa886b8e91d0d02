// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"encoding/json"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kernlink/kernlink"
)

func TestTextIsWhatASetWouldWrite(t *testing.T) {
	for _, tt := range []struct {
		policy *Policy
		value  any
		want   string
	}{
		{Configfs, 64, "64\n"},
		{Configfs, true, "1\n"},
		{Configfs, "", "\n"},
		{Configfs, json.Number("18446744073709551615"), "18446744073709551615\n"},
		{Configfs, []int{1, 2}, "1 2\n"},
		{Configfs, Bits{0, 1, 2}, "0-2\n"},
		{Configfs, []byte("raw"), "raw"},
		{Param, []int{1, 2}, "1,2"},
		{Param, uint8(7), "7"},
	} {
		d := folder(t, tt.policy, map[string]string{"f": ""})
		text, err := Text(d.File("f"), tt.value)
		require.NoError(t, err)
		require.Equal(t, tt.want, string(text))
		require.NoError(t, Set[any](d.File("f"), tt.value))
		written, err := d.File("f").Read()
		require.NoError(t, err)
		require.Equal(t, tt.want, string(written))
	}
	d := folder(t, Configfs, nil)
	for _, none := range []any{nil, 1.5, struct{}{}, (*int)(nil)} {
		_, err := Text(d.File("f"), none)
		require.ErrorIs(t, err, ErrMalformed, "%v", none)
	}
	_, err := Text(d.File("f"), strings.Repeat("x", 4095))
	require.ErrorIs(t, err, fs.ErrInvalid, "with the newline it is one too many")
}

func TestAFileCanHaveAPolicyOfItsOwn(t *testing.T) {
	d := folder(t, Configfs, map[string]string{"f": ""})
	long := []byte(strings.Repeat("x", 5000))
	require.ErrorIs(t, d.File("f").Write(long), fs.ErrInvalid)
	require.NoError(t, d.File("f").Using(&Policy{Channel: "other"}).Write(long))
	_, err := d.File("g").Using(&Policy{Channel: "other"}).Read()
	require.ErrorContains(t, err, "other: read")
}

func TestAChannelSaysWhichRefusalsMeanThatTheObjectIsInUse(t *testing.T) {
	f := At("/none", Configfs)
	for errno, kind := range map[syscall.Errno]error{
		syscall.EBUSY: kernlink.ErrBusy, syscall.EACCES: kernlink.ErrBusy,
		syscall.EPERM: kernlink.ErrRestricted, syscall.EINVAL: nil,
	} {
		err := f.writeFailure("set", none, []byte("7\n"), errno).(*kernlink.Error)
		require.Equal(t, kind, err.Kind, errno)
		require.ErrorIs(t, err, errno)
		if errno != syscall.EPERM {
			require.Contains(t, err.Hint, "active", errno)
		}
	}
	require.Contains(t, f.writeFailure("set", none, []byte("7\n"), syscall.EINVAL).Error(), `the value "7"`)
	require.NotContains(t, At("/none", Sysfs).writeFailure("set", none, []byte("7\n"), syscall.EINVAL).Error(), "active")
	require.ErrorIs(t, At("/none", Sysfs).writeFailure("set", none, []byte("7\n"), syscall.EACCES), kernlink.ErrRestricted)
}
