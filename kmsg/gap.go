// SPDX-License-Identifier: Apache-2.0

package kmsg

import "strconv"

// Gap says that records were lost: the ring buffer was filled faster than
// this reader read. It comes as an error in the place of the lost records,
// wrapped in a *kernlink.Error, and the next thing read is record Next:
//
//	if gap, ok := errors.AsType[*kmsg.Gap](err); ok {
//		fmt.Println("lost", gap.Lost)
//		continue
//	}
type Gap struct {
	// Lost is how many records are missing, by their numbers: exact. It is 0,
	// for an unknown number, before the first record of a Log opened From
	// Clear or Now, because the kernel does not tell at which record such a
	// Log stands.
	Lost uint64

	// Next is the sequence number of the record that follows.
	Next uint64
}

// Error says it in words.
func (g *Gap) Error() string {
	lost := "some records were lost"
	switch {
	case g.Lost == 1:
		lost = "1 record was lost"
	case g.Lost > 1:
		lost = strconv.FormatUint(g.Lost, 10) + " records were lost"
	}
	return lost + " before record " + strconv.FormatUint(g.Next, 10)
}
