// SPDX-License-Identifier: Apache-2.0

package procfs

// Options are for [Open] and [OpenAt]; nil is as good as the zero value.
type Options struct {
	// Hardened is for a program with rights that others lack, where these
	// others may have mounted over /proc or parts of it: whatever is read and
	// written by way of the FS, its entries and its processes is the kernel's
	// own file, or it fails.
	//
	// Open then mounts a procfs of its own that nobody else can reach, the one
	// of the caller's PID namespace, whatever is at /proc; for that it needs
	// CAP_SYS_ADMIN, which the next does too. Otherwise it takes a copy of the
	// mount at /proc, without what is mounted over its parts. Otherwise it
	// takes /proc itself if that is the root of a procfs, and each file by
	// openat2(2) only if no mount stands on the way: what is covered then fails
	// with EXDEV. OpenAt has the last two ways, and takes no ordinary folder.
	//
	// Links that the kernel follows without a path (/proc/PID/exe, cwd, root
	// and what is beyond, fd/N) cannot be opened as entries, they fail with
	// ELOOP. What masks files in a container is such a mount too: the FS has
	// the files below it, and descriptors from it belong in nobody else's hands.
	//
	// It needs Linux 5.6. It costs about fifteen system calls for the handle,
	// less than a tenth of a millisecond, no more for a file than without, and
	// two more for a link.
	Hardened bool

	// ProcessesOnly is Hardened with a procfs of its own that has processes
	// and nothing else (subset=pid): less to lose when a descriptor gets into
	// the wrong hands. The system's files are not there ([fs.ErrNotExist]), and
	// their calls not supported. There is no other way then: Open fails without
	// CAP_SYS_ADMIN ([kernlink.ErrRestricted]) or before Linux 5.8
	// ([kernlink.ErrNotSupported]), and OpenAt fails with [fs.ErrInvalid].
	ProcessesOnly bool
}

func (o *Options) hardened() bool { return o != nil && (o.Hardened || o.ProcessesOnly) }

func (o *Options) processesOnly() bool { return o != nil && o.ProcessesOnly }
