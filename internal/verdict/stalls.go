// SPDX-License-Identifier: Apache-2.0

package verdict

import "strings"

// info reads what follows `INFO: `, with `rcu: ` in front or not: RCU stalls,
// hung tasks, and one head of lockdep.
func info(s string) (head, bool) {
	if task, ok := strings.CutPrefix(s, "task "); ok {
		return hungTask(task)
	}
	if strings.HasPrefix(s, "trying to register non-static key") {
		return alert(Lockdep, alone, "trying to register non-static key")
	}
	if !strings.Contains(s, "detected") || !strings.Contains(s, "stall") {
		return head{}, false
	}
	switch {
	case !strings.HasPrefix(s, "rcu") && !strings.HasPrefix(s, "srcu") && !strings.HasPrefix(s, "Tasks"):
		return head{}, false
	case strings.Contains(s, "expedited"):
		return alert(Stall, alone, "RCU expedited stall")
	case strings.HasPrefix(s, "rcu_tasks"):
		return alert(Stall, alone, "RCU tasks stall")
	}
	return alert(Stall, alone, "RCU stall")
}

// hungTask reads `COMM:PID blocked for more than 120 seconds.`; a COMM may hold
// spaces and colons.
func hungTask(s string) (head, bool) {
	task, rest, ok := strings.Cut(s, " blocked ")
	if !ok || !strings.Contains(rest, "for more than ") {
		return head{}, false
	}
	i := strings.LastIndexByte(task, ':')
	if i < 0 || !isNumber(task[i+1:]) {
		return head{}, false
	}
	return alert(Stall, alone, "hung task "+task[:i])
}

// watchdog reads what follows `watchdog: `.
func watchdog(s string) (head, bool) {
	if rest, ok := strings.CutPrefix(s, "BUG: "); ok {
		return bug(rest)
	}
	return hardLockup(s)
}

// hardLockup reads `Watchdog detected hard LOCKUP on cpu 0` and powerpc's
// `CPU 1 self-detected hard LOCKUP`.
func hardLockup(s string) (head, bool) {
	if strings.Contains(s, "detected hard LOCKUP") || strings.HasPrefix(s, "detected hard LOCKUP") {
		return alert(Stall, alone, "hard lockup")
	}
	return head{}, false
}

// csd reads `Detected non-responsive CSD lock (#1) on CPU#0`: a CPU that does
// not answer the others.
func csd(s string) (head, bool) {
	if strings.HasPrefix(s, "Detected non-responsive CSD lock") || strings.HasPrefix(s, "Continued non-responsive CSD lock") {
		return alert(Stall, alone, "CPU does not answer (CSD lock)")
	}
	return head{}, false
}
