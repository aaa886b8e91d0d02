// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

// keyring proves what the mirror sends; every Debian system has it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// mirrors are the archives that the machine's own apt uses, so that a
// configured local mirror or proxy serves here too.
type mirrors struct{ main, security string }

var uriPattern = regexp.MustCompile(`https?://[^\s\]]+|file:/\S+|copy:/\S+|mirror\+\S+`)

// findMirrors reads apt's sources below root, in both their formats.
// $KERNLINK_MIRROR names the main archive on systems whose apt knows none.
func findMirrors(root string) (mirrors, error) {
	var m mirrors
	files := []string{filepath.Join(root, "etc/apt/sources.list")}
	for _, pattern := range []string{"*.sources", "*.list"} {
		more, err := filepath.Glob(filepath.Join(root, "etc/apt/sources.list.d", pattern))
		if err != nil {
			return m, err
		}
		files = append(files, more...)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			m.take(line)
		}
	}
	if own := os.Getenv("KERNLINK_MIRROR"); own != "" {
		m.main = strings.TrimSuffix(own, "/")
		m.security = ""
	}
	if m.main == "" {
		return m, fmt.Errorf("apt's sources name no Debian archive: set KERNLINK_MIRROR to the address of one (it ends in /debian), or give a kernel of your own with -kernel and -kdir (make KERNEL= KDIR=)")
	}
	if m.security == "" {
		m.security = m.main + "-security"
	}
	return m, nil
}

func (m *mirrors) take(line string) {
	line = strings.TrimSpace(line)
	if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "deb-src") {
		return
	}
	for _, uri := range uriPattern.FindAllString(line, -1) {
		uri = strings.TrimSuffix(uri, "/")
		switch path.Base(uri) {
		case "debian":
			if m.main == "" {
				m.main = uri
			}
		case "debian-security":
			if m.security == "" {
				m.security = uri
			}
		}
	}
}

// list is the sources.list of some suites.
func (m mirrors) list(suites []string) string {
	var b strings.Builder
	for _, suite := range suites {
		uri := m.main
		if strings.HasSuffix(suite, "-security") {
			uri = m.security
		}
		fmt.Fprintf(&b, "deb [signed-by=%s] %s %s main\n", keyring, uri, suite)
	}
	return b.String()
}
