// SPDX-License-Identifier: Apache-2.0

package attr

import (
	"io/fs"
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

	// Counted says that the kernel takes fewer numbers than a file has, and
	// leaves the others as they are without a word, and that it stores the
	// first ones before it says that there are too many. So [Set] of a slice
	// or array of numbers reads the file first, and refuses another count.
	Counted bool

	// Buffer is how much the first read of a file that stays open asks for,
	// 0 for a page: /proc/sys clears as much memory as it is asked for and a
	// byte more. What has more is read anew with a larger buffer, and for good.
	Buffer int

	// Within runs look, which looks a name up, where the names mean what they
	// should: /proc/sys shows each thread the keys of its own network
	// namespace. It calls look once, on the thread that it was called on, or
	// fails with a *kernlink.Error, which is returned whether look ran or not.
	// nil is anywhere. What is open already is used without it.
	Within func(look func()) error

	// MaxWrite is what one write(2) can carry; 0 for no limit of its own.
	MaxWrite int

	// Gone and NoValue are the errnos that say that the object went away,
	// and that the attribute has no value now, when the file was open and
	// was read. Gone is believed when the name, too, does not lead to this
	// file any more.
	Gone, NoValue []syscall.Errno

	// Refused says why the kernel refused to open a file with these
	// permissions, where the channel knows more than the permissions say; ""
	// where it does not, and nil for a channel that never does.
	Refused func(errno syscall.Errno, perm fs.FileMode, writing bool) (hint string)

	// Busy are the errnos besides EBUSY with which a driver refuses a write
	// since the object is in use. BusyHint is what to do about it, and is
	// said of EINVAL too, which is the third way of saying so.
	Busy     []syscall.Errno
	BusyHint string
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

	// Configfs is for configfs: what an open file shows is what it showed
	// first, so each read opens it. An open file holds the module of its
	// item, so none is kept. One byte of the page is the zero.
	Configfs = &Policy{
		Channel: "configfs", OneRead: true, Newline: true, MaxWrite: page - 1,
		Gone:     []syscall.Errno{syscall.ENOENT},
		Busy:     []syscall.Errno{syscall.EACCES},
		BusyHint: "many drivers refuse while the item is active: switch it off first",
	}

	// Procfs is for entries in /proc that modules and subsystems make: read
	// to the end.
	Procfs = &Policy{
		Channel: "procfs", Keep: true, Newline: true,
		Gone: []syscall.Errno{syscall.EIO, syscall.ESRCH, syscall.ENOENT},
	}

	// Sysctl is for /proc/sys: a read that is too small loses the rest of a
	// number, so one read takes all. A key that was not set yet
	// (net.ipv6.conf.*.stable_secret) is EIO.
	Sysctl = &Policy{
		Channel: "sysctl", Keep: true, OneRead: true, Newline: true, Counted: true, Buffer: 63, MaxWrite: page,
		Gone:    []syscall.Errno{syscall.ENOENT},
		NoValue: []syscall.Errno{syscall.EIO},
	}

	// Debugfs is for /sys/kernel/debug: opened for each read, since what
	// prints one value has no other position than the one after it, and read
	// to the end. An open is ENXIO while the module goes and the name is
	// still there.
	Debugfs = &Policy{
		Channel: "debugfs", Newline: true,
		Gone:    []syscall.Errno{syscall.EIO, syscall.ENXIO},
		Refused: lockedDown,
	}
)
