// SPDX-License-Identifier: Apache-2.0

package feature

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/kernlink/kernlink/internal/sys"
)

// Version is a kernel's version.
type Version struct{ Major, Minor, Patch int }

// RunningKernel returns the version of the running kernel, which on Debian is
// not the one that `uname -r` begins with: 6.1.0-56-cloud-amd64 is 6.1.192.
// The errors are those of [ParseRelease], and errors.ErrUnsupported where there
// is no Linux.
func RunningKernel() (Version, error) {
	k, err := sys.Uname()
	if err != nil {
		return Version{}, failed("uname", "", err)
	}
	if v, ok := debianVersion(k.Version); ok {
		return v, nil
	}
	return ParseRelease(k.Release)
}

// ParseRelease reads a release as `uname -r` prints it. Distributions put
// what they like after the numbers: "6.1.0-56-cloud-amd64", "7.3.4+deb13". A third
// number that is missing is 0; without the first two it is [ErrFormat].
func ParseRelease(release string) (Version, error) {
	var v Version
	rest := release
	for i, part := range []*int{&v.Major, &v.Minor, &v.Patch} {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		if err != nil {
			if i == 2 {
				break // "6.1-rc3" has no third number
			}
			return Version{}, failed("parse release", strconv.Quote(release), ErrFormat)
		}
		*part, rest = n, rest[digits:]
		if i < 2 && !strings.HasPrefix(rest, ".") {
			if i == 0 {
				return Version{}, failed("parse release", strconv.Quote(release), ErrFormat)
			}
			break
		}
		rest = strings.TrimPrefix(rest, ".")
	}
	return v, nil
}

// debianVersion finds the real version in `uname -v`: "#1 SMP ... Debian
// 6.1.192-2 (2026-07-02)". Debian's release names the ABI instead: 6.1.0.
func debianVersion(version string) (Version, bool) {
	_, rest, ok := strings.Cut(version, " Debian ")
	if !ok {
		return Version{}, false
	}
	v, err := ParseRelease(rest)
	return v, err == nil
}

// AtLeast reports whether v is major.minor or later. Distributions carry new
// things back to old kernels, so a false is a likelihood; only a probe is sure.
func (v Version) AtLeast(major, minor int) bool {
	return v.Compare(Version{Major: major, Minor: minor}) >= 0
}

// Compare is negative when v is older than w.
func (v Version) Compare(w Version) int {
	return cmp.Or(cmp.Compare(v.Major, w.Major), cmp.Compare(v.Minor, w.Minor), cmp.Compare(v.Patch, w.Patch))
}

func (v Version) String() string { return fmt.Sprintf("Linux %d.%d.%d", v.Major, v.Minor, v.Patch) }
