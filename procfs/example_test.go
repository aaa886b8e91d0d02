// SPDX-License-Identifier: Apache-2.0

package procfs_test

import (
	"fmt"

	"github.com/kernlink/kernlink/procfs"
)

// A stat that was captured elsewhere; the name may hold anything.
func ExampleParseStat() {
	text := []byte("88 (a) S 1 (b) R 1 88 88 0 -1 4194304 100 0 0 0 7 2 0 0 20 0 1 0 1091299 3133440 394 18446744073709551615")
	var st procfs.Stat
	if err := procfs.ParseStat(text, &st); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(st.PID, st.Comm, st.State, st.UTime+st.STime, "ticks")
	fmt.Println(st.Fields, "fields")
	// Output:
	// 88 a) S 1 (b running 9 ticks
	// 25 fields
}
