// SPDX-License-Identifier: Apache-2.0

package kmsg

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func seeds(f *testing.F) {
	for _, s := range []string{
		"",
		"5,0,0,-;Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org)\n",
		"6,339,5140900,-,caller=T1;text\n",
		"6,274,401051,-;virtio-pci 0000:00:01.0: enabling device (0000 -> 0002)\n SUBSYSTEM=pci\n DEVICE=+pci:0000:00:01.0\n",
		"7,160,424069,-;pci_root PNP0A03:00: host bridge window [io  0x0000-0x0cf7] (ignored)\n SUBSYSTEM=acpi\n DEVICE=+acpi:PNP0A03:00\n",
		"30,340,5690716,-;udevd[80]: starting version 181\n",
		`4,287,417475,-;amd_pstate: disabled by the BIOS.\x0aPlease enable it` + "\n",
		`14,348,1888665644,-;esc \x5c \x01 \xff \xc3\xa4\x09tab` + "\n",
		`15,358,2178831696,-;\xff\xff\xf` + "\n",
		"3,364,2178832500,-;net lo: uevent: failed to send synthetic uevent: -22\n SUBSYSTEM=net\n DEVICE=n1\n",
		"4,5,6,c,caller=C0; and more\n",
		"12,352,1888665821,-;\n",
		"6,1,2,-;a\n6,2,3,-;b\n",
		"6,1,2,-;a\n BARE\n \n =v\n",
	} {
		f.Add([]byte(s))
	}
}

// FuzzParse: no bytes make Parse panic, and what it accepts is a record whose
// parts lie in the bytes it was given.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		in := bytes.Clone(b)
		rec := Record{Sequence: 42}
		err := Parse(b, &rec)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			require.Equal(t, Record{Sequence: 42}, rec)
			require.Equal(t, in, b, "refused and changed")
			return
		}
		require.LessOrEqual(t, rec.Level, Debug)
		require.GreaterOrEqual(t, rec.Time, rec.Time*0)
		require.LessOrEqual(t, len(rec.Text)+len(rec.dict), len(in))
		first := map[string]string{}
		for k, v := range rec.Fields() {
			if _, again := first[k]; !again {
				first[k] = v.String()
			}
		}
		if bytes.IndexByte(rec.dict, '\\') < 0 { // else two keys may read alike
			for k, v := range first {
				require.Equal(t, v, rec.Value(k).String(), "key %q", k)
			}
		}
		kept := rec.Clone()
		require.Equal(t, rec.String(), kept.String())
		d := rec.Device()
		d.Name()
		d.Block()
		d.Char()
		d.Interface()
	})
}

// FuzzSplit: the tokens are the capture, none is empty, and each begins at the
// start of a line that is not indented, the first apart.
func FuzzSplit(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		var n int
		for n < len(b) {
			advance, token, err := Split(b[n:], true)
			require.NoError(t, err)
			require.NotEmpty(t, token)
			require.Equal(t, advance, len(token))
			require.True(t, n == 0 || token[0] != ' ')
			n += advance
		}
	})
}

// FuzzUnescape: escaping as the kernel does and unescaping again is the
// identity.
func FuzzUnescape(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		require.Equal(t, string(b), string(unescape(escape(b))))
	})
}

// escape does what the kernel's msg_add_ext_text does.
func escape(b []byte) []byte {
	const hex = "0123456789abcdef"
	var out []byte
	for _, c := range b {
		if c < ' ' || c >= 127 || c == '\\' {
			out = append(out, '\\', 'x', hex[c>>4], hex[c&15])
			continue
		}
		out = append(out, c)
	}
	return out
}
