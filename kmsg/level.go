// SPDX-License-Identifier: Apache-2.0

package kmsg

import "strconv"

// Level is how important a record is: the smaller, the more.
type Level uint8

// The levels of include/linux/kern_levels.h.
const (
	Emerg  Level = iota // the system is unusable
	Alert               // something must be done at once
	Crit                // critical conditions
	Err                 // errors
	Warn                // warnings
	Notice              // normal and significant
	Info                // what drivers say when all goes well
	Debug               // for developers
)

// String returns dmesg's word for it: emerg, alert, crit, err, warn, notice,
// info, debug. It does not allocate for these.
func (l Level) String() string {
	switch l {
	case Emerg:
		return "emerg"
	case Alert:
		return "alert"
	case Crit:
		return "crit"
	case Err:
		return "err"
	case Warn:
		return "warn"
	case Notice:
		return "notice"
	case Info:
		return "info"
	case Debug:
		return "debug"
	}
	return strconv.Itoa(int(l))
}
