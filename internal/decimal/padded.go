// SPDX-License-Identifier: Apache-2.0

package decimal

import "encoding/binary"

// Padded reads the first eight bytes of b as a number with blanks before it,
// which is how the kernel prints a column (%8lu). ok is false for anything
// else. Whether the number goes on behind them is for the caller to look.
//
// It takes the eight bytes as one word: going from one to the next, the CPU
// guesses wrong where the blanks end, in each line anew.
func Padded(b []byte) (n uint64, ok bool) {
	const each = 0x0101010101010101
	if len(b) < 8 {
		return 0, false
	}
	// The first byte is the lowest. A digit is 0x00 to 0x09 now, and a blank 0x10.
	w := binary.LittleEndian.Uint64(b) ^ each*'0'
	blanks := w >> 4 & each
	digits := w &^ (each * 0x10)
	leading := blanks * 0xff // the whole byte for each
	switch {
	case (digits|(digits+each*(0x7f-9)))&(each*0x80) != 0, digits&leading != 0: // neither of them
		return 0, false
	case leading&(leading+1) != 0, leading>>56 != 0: // blanks behind a digit, or no digit
		return 0, false
	}
	w = digits*10 + digits>>8 // every second byte: two digits
	low, high := w&0x000000ff000000ff, w>>16&0x000000ff000000ff
	return (low*(100+1000000<<32) + high*(1+10000<<32)) >> 32, true
}
