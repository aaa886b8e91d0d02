// SPDX-License-Identifier: Apache-2.0

package verdict

import "strconv"

// Kind is the sort of a fault, by what found it.
type Kind int

// The kinds. The zero Kind is no fault.
const (
	Panic      Kind = iota + 1 // the kernel gave up
	Oops                       // a CPU exception in kernel code: NULL dereference, bad address, division by zero
	Bug                        // BUG(), or a check that says `BUG: `: sleeping in atomic context, smp_processor_id()
	Warning                    // WARN() and its family
	Lockdep                    // the lock validator, and suspicious RCU usage
	KASAN                      // address sanitizer: use after free, out of bounds
	KMSAN                      // memory sanitizer: use of uninitialised memory
	KCSAN                      // concurrency sanitizer: data races
	KFENCE                     // sampling memory checker
	UBSAN                      // undefined behaviour: shifts, array bounds
	Corruption                 // reference counts, lists, slabs, pages, usercopy: a structure that does not hold
	Leak                       // kmemleak; a network device that is never released
	Stall                      // a CPU or task that makes no progress: lockups, RCU stalls, hung tasks
)

// String returns what a reader of kernel logs calls the kind: "WARNING",
// "oops", "KASAN". It allocates only for numbers that are no Kind.
func (k Kind) String() string {
	switch k {
	case Panic:
		return "panic"
	case Oops:
		return "oops"
	case Bug:
		return "BUG"
	case Warning:
		return "WARNING"
	case Lockdep:
		return "lockdep"
	case KASAN:
		return "KASAN"
	case KMSAN:
		return "KMSAN"
	case KCSAN:
		return "KCSAN"
	case KFENCE:
		return "KFENCE"
	case UBSAN:
		return "UBSAN"
	case Corruption:
		return "corruption"
	case Leak:
		return "leak"
	case Stall:
		return "stall"
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Fatal reports whether what ran cannot have gone on: the kernel is gone
// (Panic), or the task that did it was killed in the middle of kernel code,
// with whatever locks it held (Oops, Bug). A Bug that was only a check, like
// sleeping in atomic context, goes on; it counts all the same, since nothing
// measured after it can be trusted.
func (k Kind) Fatal() bool { return k == Panic || k == Oops || k == Bug }

// Stalled reports whether the fault may be the machine's and not the
// module's: a guest that its host starves prints the same lines.
func (k Kind) Stalled() bool { return k == Stall }

// Fault is one thing that went wrong.
type Fault struct {
	Kind Kind
	// Text is short, stands by itself and is the same each time the same
	// thing happens: no addresses, no numbers of processes. "WARNING at
	// mymodule.c:88", "NULL pointer dereference", "soft lockup".
	Text string
}

// String returns Text.
func (f Fault) String() string { return f.Text }
