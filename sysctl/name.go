// SPDX-License-Identifier: Apache-2.0

package sysctl

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// Name is the dotted form of a key: Name("net", "ipv4", "conf", "eth0.100",
// "forwarding") is "net.ipv4.conf.eth0/100.forwarding". [ParseName] gives the
// components back.
//
// A dot in the first component, which no key of the kernel has, would make
// another name of it: then it is the form with slashes, with one in front. It
// does not look whether the components can be any.
func Name(components ...string) string {
	name := strings.Join(components, "/")
	if len(components) > 0 && strings.Contains(components[0], ".") {
		return "/" + name
	}
	return swap(name)
}

// ParseName takes a key's name apart, by the rule of sysctl.d(5): the first
// separator, a dot or a slash, is the one between components, and the other
// one stands for a dot. "net.ipv4.conf.eth0/100.forwarding" and
// "net/ipv4/conf/eth0.100/forwarding" are one key. A slash in front is passed
// over.
//
// errors.Is finds [fs.ErrInvalid] for a name that is none: an empty component,
// "..", a zero byte. It allocates the components.
func ParseName(name string) ([]string, error) {
	path := pathOf(name)
	if !sys.IsPath(path) {
		return nil, failure("parse", name, fmt.Errorf("%w: no name of a sysctl", fs.ErrInvalid))
	}
	return strings.Split(path, "/"), nil
}

// pathOf is the path below /proc/sys that a name means.
func pathOf(name string) string {
	if i := strings.IndexAny(name, "./"); i >= 0 && name[i] == '.' {
		return swap(name)
	}
	return strings.TrimPrefix(name, "/")
}

// swap makes the one form of a name of the other, byte by byte: the name of a
// network interface need not be UTF-8.
func swap(name string) string {
	b := []byte(name)
	for i, c := range b {
		switch c {
		case '.':
			b[i] = '/'
		case '/':
			b[i] = '.'
		}
	}
	return string(b)
}

// isKey tells whether components can be those of a key.
func isKey(components []string) bool {
	return len(components) > 0 && !slices.ContainsFunc(components, func(c string) bool { return !sys.IsPath(c) || !sys.IsName(c) })
}
