// SPDX-License-Identifier: Apache-2.0

package kmod

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// Status is what the kernel says of one loaded module, at one moment.
type Status struct {
	Name  string
	Size  uint64 // bytes of kernel memory
	State State

	// RefCount counts what keeps the module from being unloaded: modules that
	// depend on it, open files, mounts, sockets. It is -1 on a kernel that
	// cannot unload modules (CONFIG_MODULE_UNLOAD is off).
	RefCount int

	// Holders names the loaded modules that use this one. The other users in
	// RefCount have no name in the kernel.
	Holders []string

	// Permanent: the module has no exit function and stays until the next
	// boot.
	Permanent bool

	// Address is where the module's code starts. It is 0 for readers without
	// CAP_SYSLOG (kernel.kptr_restrict).
	Address uint64

	// Taints is the letters with which the module taints the kernel: "OE" for
	// one that was built out of the kernel's tree and is not signed. See
	// Documentation/admin-guide/tainted-kernels.rst.
	Taints string
}

var errStatusLine = errors.New("not a line of /proc/modules")

// ParseStatus parses one line of /proc/modules, with or without its newline;
// it needs no kernel and serves captured files too.
//
// It returns an error that says which field is wrong, and never panics. The
// Status shares nothing with line.
//
// The format is written by m_show in kernel/module/procfs.c.
func ParseStatus(line []byte) (Status, error) {
	var s Status
	name, rest, _ := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	size, rest, _ := bytes.Cut(rest, []byte(" "))
	refs, rest, _ := bytes.Cut(rest, []byte(" "))
	holders, rest, _ := bytes.Cut(rest, []byte(" "))
	state, rest, _ := bytes.Cut(rest, []byte(" "))
	address, taints, _ := bytes.Cut(rest, []byte(" "))

	if len(name) == 0 {
		return s, errStatusLine
	}
	s.Name = string(name)
	var err error
	if s.Size, err = strconv.ParseUint(string(size), 10, 64); err != nil {
		return Status{}, badField("size", size)
	}
	if s.RefCount, err = parseRefCount(refs); err != nil {
		return Status{}, badField("reference count", refs)
	}
	s.Holders, s.Permanent = parseHolders(string(holders))
	var ok bool
	if s.State, ok = parseState(state); !ok {
		return Status{}, badField("state", state)
	}
	if s.Address, err = strconv.ParseUint(string(address), 0, 64); err != nil {
		return Status{}, badField("address", address)
	}
	s.Taints = parseTaints(string(taints))
	return s, nil
}

func badField(field string, text []byte) error {
	return errors.New(errStatusLine.Error() + ": " + field + " " + strconv.Quote(string(text)))
}

// A kernel that cannot unload modules does not count, and prints a dash.
func parseRefCount(text []byte) (int, error) {
	if string(text) == "-" {
		return -1, nil
	}
	return strconv.Atoi(string(text))
}

// parseHolders splits "nft_compat,nft_chain_nat," and takes out the mark of a
// module without an exit function.
func parseHolders(text string) (holders []string, permanent bool) {
	if text == "-" {
		return nil, false
	}
	for name := range strings.SplitSeq(text, ",") {
		switch name {
		case "":
		case "[permanent]":
			permanent = true
		default:
			holders = append(holders, name)
		}
	}
	return holders, permanent
}

// parseTaints takes the letters out of "(OE)". A module that comes or goes
// has a "+" or "-" after them, which State says already.
func parseTaints(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "(")
	text = strings.TrimSuffix(text, ")")
	return strings.TrimRight(text, "+-")
}
