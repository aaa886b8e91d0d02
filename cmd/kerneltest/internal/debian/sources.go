// SPDX-License-Identifier: Apache-2.0

//go:build linux

package debian

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// keyring proves what the mirror sends; every Debian system has it.
const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// mirrors are the archives that the machine's own apt uses, so that a
// configured local mirror or proxy serves here too.
type mirrors struct{ main, security string }

// findMirrors reads apt's sources below root, in both their formats
// (sources.list(5)). $KERNLINK_MIRROR names the main archive on systems whose
// apt knows none.
func findMirrors(root string) (mirrors, error) {
	var m mirrors
	for _, pattern := range []string{"etc/apt/sources.list", "etc/apt/sources.list.d/*.sources", "etc/apt/sources.list.d/*.list"} {
		tree := os.DirFS(root)
		files, err := fs.Glob(tree, pattern)
		if err != nil {
			return m, err
		}
		for _, file := range files {
			text, err := fs.ReadFile(tree, file)
			if err != nil {
				continue // apt could not read it either
			}
			parse := parseList
			if path.Ext(file) == ".sources" {
				parse = parseStanzas
			}
			for _, s := range parse(string(text)) {
				m.take(s)
			}
		}
	}
	if own := os.Getenv("KERNLINK_MIRROR"); own != "" {
		m = mirrors{main: strings.TrimRight(own, "/")}
	}
	if m.main == "" {
		return m, fmt.Errorf("apt's sources name no Debian archive: set KERNLINK_MIRROR to the address of one (it ends in /debian), or give a kernel of your own with -kernel and -kdir (make KERNEL= KDIR=)")
	}
	if m.security == "" {
		stem, isList := strings.CutSuffix(m.main, ".list")
		m.security = stem + "-security"
		if isList {
			m.security += ".list"
		}
	}
	return m, nil
}

// source is one entry of apt's: some addresses that offer some suites.
type source struct {
	types, uris, suites, components []string
	signedBy                        string
}

// parseList reads the format of one line an entry:
// deb [ option=value ... ] uri suite component ...
func parseList(text string) []source {
	var sources []source
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		var s source
		if before, rest, ok := strings.Cut(line, "["); ok {
			options, after, ok := strings.Cut(rest, "]")
			if !ok {
				continue
			}
			for _, option := range strings.Fields(options) {
				if value, ok := strings.CutPrefix(option, "signed-by="); ok {
					s.signedBy = value
				}
			}
			line = before + after
		}
		fields := strings.Fields(line)
		if len(fields) < 3 {
			continue
		}
		s.types, s.uris, s.suites, s.components = fields[:1], fields[1:2], fields[2:3], fields[3:]
		sources = append(sources, s)
	}
	return sources
}

// parseStanzas reads the deb822 format: fields in paragraphs.
func parseStanzas(text string) []source {
	var sources []source
	fields := map[string]string{}
	last := ""
	end := func() {
		if len(fields) > 0 && !slices.Contains([]string{"no", "false", "0", "off", "without", "disable"}, strings.ToLower(fields["enabled"])) {
			sources = append(sources, source{
				types: strings.Fields(fields["types"]), uris: strings.Fields(fields["uris"]),
				suites: strings.Fields(fields["suites"]), components: strings.Fields(fields["components"]),
				signedBy: fields["signed-by"],
			})
		}
		fields, last = map[string]string{}, ""
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, " \t\r\n")
		switch {
		case strings.HasPrefix(line, "#"):
		case line == "":
			end()
		case line[0] == ' ' || line[0] == '\t': // goes on with the field before
			fields[last] += " " + strings.TrimSpace(line)
		default:
			name, value, _ := strings.Cut(line, ":")
			last = strings.ToLower(name)
			fields[last] = strings.TrimSpace(value)
		}
	}
	end()
	return sources
}

// take keeps the first archives that are Debian's own. Others have the same
// shape (https://download.docker.com/linux/debian) and differ in their
// components and keys.
func (m *mirrors) take(s source) {
	if !slices.Contains(s.types, "deb") || !slices.Contains(s.components, "main") {
		return
	}
	if s.signedBy != "" && !strings.Contains(s.signedBy, "debian-archive") {
		return
	}
	for _, uri := range s.uris {
		uri = strings.TrimRight(uri, "/")
		switch strings.TrimSuffix(path.Base(uri), ".list") { // a list of mirrors: mirror+file:/etc/apt/mirrors/debian.list
		case "debian":
			if m.main == "" {
				m.main = uri
			}
		case "debian-security", "security.debian.org":
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
		// What lies on this machine's disk apt would use where it is instead
		// of fetching it.
		if local, ok := strings.CutPrefix(uri, "file:"); ok {
			uri = "copy:" + local
		}
		fmt.Fprintf(&b, "deb [arch=amd64 signed-by=%s] %s %s main\n", keyring, uri, suite)
	}
	return b.String()
}
