// SPDX-License-Identifier: Apache-2.0

package kmod_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
)

// fakeModule makes the smallest 64-bit ELF file with these entries in its
// .modinfo section: enough to be read, not to be loaded.
func fakeModule(entries ...string) []byte {
	info := strings.Join(entries, "\x00") + "\x00"
	names := "\x00.modinfo\x00.shstrtab\x00"
	infoAt := uint64(64)
	namesAt := infoAt + uint64(len(info))
	table := (namesAt + uint64(len(names)) + 7) &^ 7

	b := make([]byte, table+3*64)
	copy(b, "\x7fELF\x02\x01\x01")
	le := binary.LittleEndian
	le.PutUint16(b[16:], 1)     // ET_REL
	le.PutUint16(b[18:], 62)    // EM_X86_64
	le.PutUint32(b[20:], 1)     // EV_CURRENT
	le.PutUint64(b[40:], table) // e_shoff
	le.PutUint16(b[52:], 64)    // e_ehsize
	le.PutUint16(b[58:], 64)    // e_shentsize
	le.PutUint16(b[60:], 3)     // e_shnum
	le.PutUint16(b[62:], 2)     // e_shstrndx
	copy(b[infoAt:], info)
	copy(b[namesAt:], names)
	section := func(i int, name, kind uint32, at, size uint64) {
		s := b[table+uint64(i)*64:]
		le.PutUint32(s, name)
		le.PutUint32(s[4:], kind)
		le.PutUint64(s[24:], at)
		le.PutUint64(s[32:], size)
		le.PutUint64(s[48:], 1)
	}
	section(1, 1, 1, infoAt, uint64(len(info)))    // .modinfo, PROGBITS
	section(2, 10, 3, namesAt, uint64(len(names))) // .shstrtab, STRTAB
	return b
}

// The ways in which distributions pack modules. xz is with CRC64, the
// library's own choice, which no kernel unpacks, and with CRC32.
var packers = map[string]func(t testing.TB, b []byte) []byte{
	"plain": func(_ testing.TB, b []byte) []byte { return b },
	"gzip": func(t testing.TB, b []byte) []byte {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, err := w.Write(b)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		return z.Bytes()
	},
	"xz crc64": func(t testing.TB, b []byte) []byte { return packXZ(t, b, xz.CRC64) },
	"xz crc32": func(t testing.TB, b []byte) []byte { return packXZ(t, b, xz.CRC32) },
	"zstd": func(t testing.TB, b []byte) []byte {
		w, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
		require.NoError(t, err)
		defer w.Close()
		return w.EncodeAll(b, nil)
	},
}

func packXZ(t testing.TB, b []byte, check byte) []byte {
	var z bytes.Buffer
	w, err := xz.WriterConfig{CheckSum: check}.NewWriter(&z)
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return z.Bytes()
}
