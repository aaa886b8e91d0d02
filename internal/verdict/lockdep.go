// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// lockdep reads what follows `WARNING: `, the heads of
// kernel/locking/lockdep.c and of its friends.
func lockdep(s string) (head, bool) {
	text := strings.TrimRight(s, "!. ")
	for _, known := range lockdepHeads {
		if text == known {
			return alert(Lockdep, alone, strings.TrimSuffix(text, " detected"))
		}
	}
	if strings.HasPrefix(text, "suspicious RCU usage") {
		return alert(Lockdep, alone, "suspicious RCU usage")
	}
	switch {
	case strings.HasSuffix(text, " lock order detected"): // HARDIRQ-safe -> HARDIRQ-unsafe
		return alert(Lockdep, alone, strings.TrimSuffix(text, " detected"))
	case strings.HasSuffix(text, " still has locks held"): // COMM/PID
		return alert(Lockdep, alone, "a task ended or left with locks held")
	}
	return head{}, false
}

var lockdepHeads = [...]string{
	"possible circular locking dependency detected",
	"possible recursive locking detected",
	"possible irq lock inversion dependency detected",
	"circular locking deadlock detected",
	"inconsistent lock state",
	"chain_key collision",
	"Nested lock was not taken",
	"bad unlock balance detected",
	"bad contention detected",
	"held lock freed",
	"lock held when returning to user space",
}

// bracketed reads what follows `[ BUG: ` or `[ INFO: `, as lockdep still marks
// an invalid wait context.
func bracketed(s string) (head, bool) {
	text, ok := strings.CutSuffix(strings.TrimSpace(s), " ]")
	if !ok {
		return head{}, false
	}
	if text == "Invalid wait context" {
		return alert(Lockdep, alone, "invalid wait context")
	}
	return lockdep(text)
}
