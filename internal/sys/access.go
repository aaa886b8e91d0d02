// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"encoding/binary"
	"unsafe"
)

// One access to memory that may be a device's. They are functions of their
// own, so that the compiler neither joins nor splits nor leaves out what it
// does not see; and not of sync/atomic, whose store is an exchange on some
// machines: a read, too, which a device can notice. The pointers are aligned,
// and to memory that the garbage collector does not know.

//go:noinline
func load8(p unsafe.Pointer) uint8 { return *(*uint8)(p) }

//go:noinline
func load16(p unsafe.Pointer) uint16 { return *(*uint16)(p) }

//go:noinline
func load32(p unsafe.Pointer) uint32 { return *(*uint32)(p) }

//go:noinline
func load64(p unsafe.Pointer) uint64 { return *(*uint64)(p) }

//go:noinline
func store8(p unsafe.Pointer, v uint8) { *(*uint8)(p) = v }

//go:noinline
func store16(p unsafe.Pointer, v uint16) { *(*uint16)(p) = v }

//go:noinline
func store32(p unsafe.Pointer, v uint32) { *(*uint32)(p) = v }

//go:noinline
func store64(p unsafe.Pointer, v uint64) { *(*uint64)(p) = v }

func readWord(b []byte, p unsafe.Pointer)  { binary.NativeEndian.PutUint32(b, load32(p)) }
func readByte(b []byte, p unsafe.Pointer)  { b[0] = load8(p) }
func writeWord(b []byte, p unsafe.Pointer) { store32(p, binary.NativeEndian.Uint32(b)) }
func writeByte(b []byte, p unsafe.Pointer) { store8(p, b[0]) }
