// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTaintNamesEachBit(t *testing.T) {
	const letters = "PFSRMBUDAWCIOELKXTNJ" // kernel/panic.c, taint_flags
	for bit, letter := range letters {
		names := Taint(1 << bit)
		require.Len(t, names, 1)
		require.Equal(t, string(letter)+": ", names[0][:3])
	}
	require.Equal(t, []string{"bit 63: unknown to this version"}, Taint(1<<63))
	require.Nil(t, Taint(0))
	require.Len(t, Taint(^uint64(0)), 64)
}

func TestNewTaintIsWhatWasAdded(t *testing.T) {
	require.Zero(t, NewTaint(12288, 12288))
	require.Equal(t, TaintWarn.Mask(), NewTaint(12288, 12800))
	require.Zero(t, NewTaint(12800, 12288))
}

func TestTaintOfNamesWhatARecordedFaultSet(t *testing.T) {
	for kind, bits := range map[Kind]uint64{
		Warning: TaintWarn.Mask(), Oops: TaintDie.Mask(), Bug: TaintDie.Mask() | TaintWarn.Mask(),
		KASAN: TaintBadPage.Mask(), KFENCE: TaintBadPage.Mask(), Stall: TaintSoftLockup.Mask(),
		Corruption: TaintBadPage.Mask() | TaintDie.Mask() | TaintWarn.Mask(),
	} {
		require.Equal(t, bits, TaintOf(kind)&bits, kind)
	}
	require.Zero(t, TaintOf(Leak))
	require.Zero(t, TaintOf(Warning)&TaintDie.Mask())
	for k := range Stall + 2 {
		require.Zero(t, TaintOf(k)&(TaintOutOfTree.Mask()|TaintUnsigned.Mask()|1<<6), "loading and user taints are never a fault's")
	}
}

func ExampleTaint() {
	before, after := uint64(12288), uint64(12800)
	for _, name := range Taint(NewTaint(before, after)) {
		fmt.Println(name)
	}
	// Output: W: kernel issued warning
}

func ExampleClassify() {
	for _, line := range []string{
		"BUG: KASAN: slab-use-after-free in fn+0x7c/0x3970 [mod]",
		"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [insmod:95]",
		"WARNING: this is experimental",
	} {
		if fault, ok := Classify(line); ok {
			fmt.Printf("%s, stalled: %t\n", fault, fault.Kind.Stalled())
		}
	}
	// Output:
	// KASAN: slab-use-after-free in fn, stalled: false
	// soft lockup, stalled: true
}
