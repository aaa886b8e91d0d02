// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExcerptKeepsWhatLeadsToThePlace(t *testing.T) {
	lines := strings.Split(`------------[ cut here ]------------
fault: asked to warn
[    3.2] is no time stamp
[   17.892131] WARNING: CPU: 0 PID: 89 at /kbuild/fault.c:136 trigger_set+0x31f/0x40a [fault]
Modules linked in: fault(OE) virtio_console
CPU: 0 PID: 89 Comm: 0.test Tainted: G           OE      6.1.0-56-cloud-amd64 #1  Debian 6.1.192-2
Hardware name: QEMU Standard PC (i440FX + PIIX, 1996)
RIP: 0010:trigger_set+0x31f/0x40a [fault]
Code: 55 ee 48 39 d0 78
RSP: 0018:ff65b616003cbc00 EFLAGS: 00010282
CR2: 00000000007aa2d0 CR3: 000000001fe46000 CR4: 0000000000751eb0
PKRU: 55555554
Call Trace:
 <TASK>
 param_attr_store+0x91/0xe0
 ? do_epoll_ctl+0x1bd/0xfb0
 </TASK>
task:0.test          state:D stack:0     pid:94    ppid:1      flags:0x00004000
---[ end trace 0000000000000000 ]---`, "\n")
	want := []string{lines[1], lines[2], lines[3], lines[5], lines[7], lines[12], lines[14], lines[17]}
	require.Equal(t, want, Excerpt(lines, 40))
	require.Equal(t, want[:3], Excerpt(lines, 3))
	require.Empty(t, Excerpt(nil, 3))
}
