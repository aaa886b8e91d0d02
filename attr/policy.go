// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"syscall"

	"github.com/kernlink/kernlink/internal/sys"
)

// Policy is how the files of one channel are read and written, and what their
// errnos mean. A channel has one for all its files; it is read only, and may
// be shared.
//
// The zero Policy is an ordinary file: read to its end, opened anew for each
// read, written as it is. The policies of this package are the ones for the
// kernel's pseudo-filesystems.
type Policy struct {
	// Channel begins the text of the errors: "sysfs".
	Channel string

	// Keep says that an open file can be read again from its beginning and
	// then shows the present value. Without, each read opens the file (a
	// file of configfs that is kept open shows an old value for ever).
	Keep bool

	// OneRead says that one read(2) gives all, when the buffer has room for
	// it. Without, reading goes on until the kernel says that the end is
	// there, and what was read is no snapshot.
	OneRead bool

	// Latched says that poll(2) reports a notification until the file is
	// read, as kernfs does. A file of /proc reports it to the first who
	// polls and to nobody after, so a watch has to look for itself.
	Latched bool

	// Newline says that a value is written with a newline at its end, as
	// echo does. An empty value is a lone newline in either case, since the
	// kernel does not even look at a write of nothing.
	Newline bool

	// Beneath says that the way to a file may lead over no mount and no link
	// that the kernel follows without a path (/proc/self/exe), and never above
	// the folder: openat2(2), Linux 5.6. What stands in the way is EXDEV, and
	// ELOOP for such a link. The folder itself is not looked up by its path.
	Beneath bool

	// Separator stands between the elements of a list; 0 for white space.
	Separator byte

	// Buffer is how much the first read of a file that stays open asks for,
	// 0 for a page: /proc/sys clears as much memory as it is asked for and a
	// byte more. What has more is read anew with a larger buffer, and for good.
	Buffer int

	// MaxWrite is what one write(2) can carry; 0 for no limit of its own.
	MaxWrite int

	// Gone and NoValue are the errnos that say that the object went away,
	// and that the attribute has no value now, when the file was open and
	// was read. Gone is believed when the name, too, does not lead to this
	// file any more.
	Gone, NoValue []syscall.Errno
}

// page is what sysfs and configfs give to the driver at most: a page, of
// which the last byte is the zero.
const page = 4096

// The policies of the kernel's pseudo-filesystems. Which errno each gives, and
// what becomes of a newline, was seen on live kernels; the table is in the
// documentation of the package.
var (
	// Sysfs is for /sys and other users of kernfs whose files are one value
	// (cgroup2, resctrl): kept open, one read, one page.
	Sysfs = &Policy{
		Channel: "sysfs", Keep: true, Latched: true, OneRead: true, Newline: true, MaxWrite: page,
		Gone:    []syscall.Errno{syscall.ENODEV},
		NoValue: []syscall.Errno{syscall.EINVAL, syscall.EOPNOTSUPP, syscall.ENODEV, sys.ENODATA},
	}

	// Param is for /sys/module/NAME/parameters: as sysfs, and a string
	// parameter keeps the newline that it was written with, so none is.
	Param = &Policy{
		Channel: "modparam", Keep: true, Latched: true, OneRead: true, Separator: ',', MaxWrite: page,
		Gone: []syscall.Errno{syscall.ENODEV},
	}

	// Procfs is for entries in /proc that modules and subsystems make: read
	// to the end.
	Procfs = &Policy{
		Channel: "procfs", Keep: true, Newline: true,
		Gone: []syscall.Errno{syscall.EIO, syscall.ESRCH, syscall.ENOENT},
	}

	// Sysctl is for /proc/sys: a read that is too small loses the rest of a
	// number, so one read takes all.
	Sysctl = &Policy{
		Channel: "sysctl", Keep: true, OneRead: true, Newline: true, Buffer: 63, MaxWrite: page,
		Gone: []syscall.Errno{syscall.ENOENT},
	}
)
