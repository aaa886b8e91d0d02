// SPDX-License-Identifier: Apache-2.0

package verdict

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// heads are lines as the format strings of Linux 5.10 to 7.x make them, for what
// testdata has no recording of, and for what Text makes of each.
var heads = []struct {
	line string
	kind Kind
	text string
}{
	// __warn(), until 6.18 and since 6.19.
	{"WARNING: CPU: 1 PID: 12 at drivers/net/x.c:88 fn+0x1/0x2 [mod]", Warning, "WARNING at drivers/net/x.c:88"},
	{"WARNING: CPU: 1 PID: 12 at /home/dev/mymodule/mymodule.c:88 fn+0x1/0x2 [mymodule]", Warning, "WARNING at mymodule.c:88"},
	{"WARNING: CPU: 0 PID: 1 at ./include/linux/cpumask.h:47 fn+0x12b/0x175", Warning, "WARNING at include/linux/cpumask.h:47"},
	{"WARNING: CPU: 0 PID: 79 at mm/slub.c:3567 kfree (mm/slub.c:3567 mm/slub.c:4558) ", Warning, "WARNING at mm/slub.c:3567"},
	{"WARNING: CPU: 3 PID: 9 at fn+0x1/0x2", Warning, "WARNING at fn"},
	{"WARNING: drivers/net/x.c:88 at fn+0x1/0x2 [mod], CPU#1: comm/123", Warning, "WARNING at drivers/net/x.c:88"},
	{"WARNING: [ptr == 0 && 1] kernel/sched/core.c:8511 at sched_init+0x20/0x410, CPU#0: swapper/0/0", Warning, "WARNING at kernel/sched/core.c:8511"},
	{"WARNING: [a at b] x.c:7 at fn+0x20/0x410, CPU#0: two words/9", Warning, "WARNING at x.c:7"},
	{"WARNING: at fn+0x1/0x2, CPU#1: comm/123", Warning, "WARNING at fn"},

	{"WARNING: possible circular locking dependency detected", Lockdep, "possible circular locking dependency"},
	{"WARNING: possible recursive locking detected", Lockdep, "possible recursive locking"},
	{"WARNING: possible irq lock inversion dependency detected", Lockdep, "possible irq lock inversion dependency"},
	{"WARNING: inconsistent lock state", Lockdep, "inconsistent lock state"},
	{"WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected", Lockdep, "HARDIRQ-safe -> HARDIRQ-unsafe lock order"},
	{"WARNING: bad unlock balance detected!", Lockdep, "bad unlock balance"},
	{"WARNING: held lock freed!", Lockdep, "held lock freed"},
	{"WARNING: init/1 still has locks held!", Lockdep, "a task ended or left with locks held"},
	{"WARNING: lock held when returning to user space!", Lockdep, "lock held when returning to user space"},
	{"WARNING: suspicious RCU usage", Lockdep, "suspicious RCU usage"},
	{"WARNING: Nested lock was not taken", Lockdep, "Nested lock was not taken"},
	{"[ BUG: Invalid wait context ]", Lockdep, "invalid wait context"},
	{"[ INFO: possible circular locking dependency detected ]", Lockdep, "possible circular locking dependency"},
	{"INFO: trying to register non-static key.", Lockdep, "trying to register non-static key"},
	{"BUG: MAX_LOCKDEP_ENTRIES too low!", Lockdep, "lockdep: a table is full"},

	{"BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580", Bug, "sleeping function called from invalid context at kernel/locking/mutex.c:580"},
	{"BUG: scheduling while atomic: insmod/123/0x00000002", Bug, "scheduling while atomic"},
	{"BUG: using smp_processor_id() in preemptible [00000000] code: insmod/123", Bug, "using smp_processor_id() in preemptible"},
	{"BUG: spinlock bad magic on CPU#0, insmod/123", Bug, "spinlock bad magic"},
	{"BUG: workqueue leaked atomic, lock or RCU: kworker/0:1[23]", Bug, "workqueue leaked atomic, lock or RCU"},
	{"kernel BUG at lib/list_debug.c:26!", Bug, "kernel BUG at lib/list_debug.c:26"},
	{"kernel BUG at [list_empty(&a)] /src/mod.c:26!", Bug, "kernel BUG at mod.c:26"},
	{"Kernel BUG at fn+0x10/0x20 [verbose debug info unavailable]", Bug, "kernel BUG at fn"},

	{"BUG: kernel NULL pointer dereference, address: 0000000000000010", Oops, "NULL pointer dereference"},
	{"BUG: Kernel NULL pointer dereference on read at 0x00000000", Oops, "NULL pointer dereference"},
	{"BUG: unable to handle page fault for address: ffffc90012345000", Oops, "page fault"},
	{"BUG: unable to handle kernel paging request at ffffc90012345000", Oops, "page fault"},
	{"BUG: Unable to handle kernel data access on read at 0xc0002345", Oops, "page fault"},
	{"Unable to handle kernel NULL pointer dereference at virtual address 0000000000000008", Oops, "NULL pointer dereference"},
	{"Unable to handle kernel paging request at virtual address dead000000000108", Oops, "page fault"},
	{"Oops: 0002 [#1] PREEMPT SMP NOPTI", Oops, "oops"},
	{"Oops: Oops: 0002 [#1] SMP NOPTI", Oops, "oops"},
	{"Oops [#1]", Oops, "oops"},
	{"Oops: Kernel access of bad area, sig: 11 [#1]", Oops, "Kernel access of bad area"},
	{"Oops - illegal instruction [#1]", Oops, "illegal instruction"},
	{"Oops: 0004 ilc:3 [#1] SMP", Oops, "0004 ilc:3"},
	{"Internal error: Oops: 0000000096000004 [#1] PREEMPT SMP", Oops, "oops"},
	{"Internal error: Oops - BUG: 00000000f2000800 [#1] SMP", Oops, "BUG"},
	{"Internal error: Oops: 5 [#1] SMP ARM", Oops, "oops"},
	{"Kernel BUG [#1]", Oops, "Kernel BUG"},
	{"invalid opcode: 0000 [#1] SMP PTI", Oops, "invalid opcode"},
	{"general protection fault: 0000 [#1] SMP PTI", Oops, "general protection fault"},
	{"general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] PREEMPT SMP", Oops, "general protection fault"},
	{"general protection fault, maybe for address 0x0: 0000 [#1] SMP", Oops, "general protection fault"},
	{"Oops: general protection fault, probably for non-canonical address 0xdffffc0000000000: 0000 [#1] SMP KASAN", Oops, "general protection fault"},
	{"stack segment: 0000 [#1] PREEMPT SMP", Oops, "stack segment"},
	{"traps: PANIC: double fault, error_code: 0x0", Oops, "double fault"},
	{"Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)", Panic, "kernel panic: VFS: Unable to mount root fs on unknown-block(0,0)"},
	{"Kernel panic - not syncing: ", Panic, "kernel panic"},

	{"BUG: KASAN: use-after-free in fn+0x7c/0x3970", KASAN, "KASAN: use-after-free in fn"},
	{"BUG: KASAN: slab-use-after-free in fn+0x7c/0x3970 [mod]", KASAN, "KASAN: slab-use-after-free in fn"},
	{"BUG: KASAN: slab-use-after-free in fn (fs/x/y.c:286) ", KASAN, "KASAN: slab-use-after-free in fn"},
	{"BUG: KASAN: double-free or invalid-free in fn+0x7c/0x97", KASAN, "KASAN: double-free or invalid-free in fn"},
	{"BUG: KASAN: invalid-access", KASAN, "KASAN: invalid-access"},
	{"KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]", KASAN, "KASAN: null-ptr-deref"},
	{"BUG: KMSAN: uninit-value in fn+0x7c/0x97 [mod]", KMSAN, "KMSAN: uninit-value in fn"},
	{"BUG: KCSAN: data-race in one+0x1/0x2 / other+0x1/0x2", KCSAN, "KCSAN: data-race in one / other"},
	{"BUG: KCSAN: data-race in one / other", KCSAN, "KCSAN: data-race in one / other"},
	{"BUG: KCSAN: race at unknown origin, with read in one+0x1/0x2", KCSAN, "KCSAN: race at unknown origin, with read in one"},
	{"BUG: KFENCE: out-of-bounds read in fn+0x1/0x2", KFENCE, "KFENCE: out-of-bounds read in fn"},
	{"BUG: KFENCE: memory corruption in fn+0x1/0x2", KFENCE, "KFENCE: memory corruption in fn"},
	{"UBSAN: shift-out-of-bounds in lib/x.c:12:3", UBSAN, "UBSAN: shift-out-of-bounds in lib/x.c:12"},
	{"UBSAN: array-index-out-of-bounds in /src/mod/x.c:12:3", UBSAN, "UBSAN: array-index-out-of-bounds in x.c:12"},
	{"UBSAN: array index out of bounds: 00000000f2005512 [#1] SMP", UBSAN, "UBSAN: array index out of bounds"},
	{"Internal error: UBSAN: array index out of bounds: 00000000f2005512 [#1] SMP", Oops, "UBSAN"},

	{"BUG kmalloc-64 (Not tainted): Poison overwritten", Corruption, "slab kmalloc-64: Poison overwritten"},
	{"BUG kmalloc-64 (Tainted: G    B   W  OE     ): Wrong object count. Counter is 8 but counted were 16", Corruption, "slab kmalloc-64: Wrong object count"},
	{"BUG task struct (Not tainted): Invalid object pointer 0x00000000ab12", Corruption, "slab task struct: Invalid object pointer"},
	{"refcount_t: underflow; use-after-free.", Corruption, "refcount_t: underflow; use-after-free"},
	{"refcount_t: saturated; leaking memory.", Corruption, "refcount_t: saturated; leaking memory"},
	{"list_add corruption. next->prev should be prev (ff11), but was ff22. (next=ff33).", Corruption, "list_add corruption"},
	{"list_add double add: new=ff11, prev=ff11, next=ff22.", Corruption, "list_add corruption"},
	{"list_del corruption, ff11->next is LIST_POISON1 (dead000000000100)", Corruption, "list_del corruption"},
	{"usercopy: Kernel memory exposure attempt detected from SLUB object 'x' (offset 0, size 64)!", Corruption, "usercopy: Kernel memory exposure attempt detected from SLUB object 'x'"},
	{"usercopy: Kernel memory overwrite attempt detected to kernel text (offset 0, size 64)!", Corruption, "usercopy: Kernel memory overwrite attempt detected to kernel text"},
	{"BUG: Bad page state in process insmod  pfn:12345", Corruption, "bad page state"},
	{"BUG: Bad rss-counter state mm:00000000ab type:MM_FILEPAGES val:2", Corruption, "bad rss-counter state"},
	{"kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)", Leak, "kmemleak: 3 new suspected memory leaks"},
	{"unregister_netdevice: waiting for lo to become free. Usage count = 2", Leak, "network device lo is never released"},

	{"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [init:95]", Stall, "soft lockup"},
	{"BUG: soft lockup - CPU#1 stuck for 22s! [init:95]", Stall, "soft lockup"},
	{"NMI watchdog: Watchdog detected hard LOCKUP on cpu 0", Stall, "hard lockup"},
	{"watchdog: Watchdog detected hard LOCKUP on cpu 0", Stall, "hard lockup"},
	{"watchdog: CPU0: Watchdog detected hard LOCKUP on cpu 1", Stall, "hard lockup"},
	{"watchdog: CPU 3 self-detected hard LOCKUP @ fn+0x1/0x2", Stall, "hard lockup"},
	{"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 34s!", Stall, "workqueue lockup"},
	{"BUG: spinlock lockup suspected on CPU#1, insmod/12", Stall, "spinlock lockup suspected"},
	{"INFO: task insmod:123 blocked for more than 120 seconds.", Stall, "hung task insmod"},
	{"INFO: task a: b:123 blocked for more than 120 seconds.", Stall, "hung task a: b"},
	{"INFO: task insmod:123 blocked in I/O wait for more than 120 seconds.", Stall, "hung task insmod"},
	{"rcu: INFO: rcu_preempt self-detected stall on CPU", Stall, "RCU stall"},
	{"rcu: INFO: rcu_sched self-detected stall on CPU { 1}  (t=21000 jiffies g=12 c=11 q=10)", Stall, "RCU stall"},
	{"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", Stall, "RCU stall"},
	{"INFO: rcu_preempt detected stalls on CPUs/tasks:", Stall, "RCU stall"},
	{"rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-.... } 2558 jiffies s: 65 root: 0x2/.", Stall, "RCU expedited stall"},
	{"INFO: rcu_tasks detected stalls on tasks:", Stall, "RCU tasks stall"},
	{"rcu: INFO: rcu_tasks_trace detected stalls on tasks:", Stall, "RCU tasks stall"},
	{"smp: csd: Detected non-responsive CSD lock (#1) on CPU#0, waiting 5000000000 ns for CPU#01 fn+0x0/0x10(0x0).", Stall, "CPU does not answer (CSD lock)"},
}

func TestClassifyNamesTheHeadsOfReports(t *testing.T) {
	for _, c := range heads {
		f, ok := Classify(c.line)
		require.True(t, ok, c.line)
		require.Equal(t, Fault{c.kind, c.text}, f, c.line)
	}
}

func TestClassifyPassesHarmlessLines(t *testing.T) {
	for _, name := range []string{"boot-6.1", "boot-6.12", "boot-7.3", "boot-generic"} {
		for line := range strings.Lines(transcript(t, name)) {
			f, ok := Classify(Strip(line))
			require.False(t, ok, "%s in %q", f, line)
		}
	}
}

func TestClassifyPassesTheBodyOfReports(t *testing.T) {
	for _, line := range []string{
		"------------[ cut here ]------------",
		"---[ end trace 0000000000000000 ]---",
		"---[ end Kernel panic - not syncing: Fatal exception ]---",
		"CPU: 1 PID: 93 Comm: init Tainted: G        W  OE      6.1.0 #1",
		"Call Trace:", " <TASK>", " dump_stack_lvl+0x44/0x5c", "RIP: 0010:fn+0x12/0x20 [mod]",
		"Modules linked in: mod(OE) bug warning", "Disabling lock debugging due to kernel taint",
		"#PF: supervisor write access in kernel mode", "PGD 0 P4D 0 ",
		"rcu: rcu_preempt kthread starved for 2500 jiffies! g-967 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x0 ->cpu=1",
		"rcu: \t1-....: (2499 ticks this GP) idle=0b94/1/0x4000000000000000", "Sending NMI from CPU 0 to CPUs 1:",
		"FIX kmalloc-64: Object at 0x00000000 not freed", "Slab 0x0000 objects=16 used=8 fp=0x0000 flags=0x200",
		"stack backtrace:", "-> #1 (second){+.+.}-{3:3}:", " *** DEADLOCK ***", "1 lock held by init/28:",
		"\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.",
		"Fixing recursive fault but reboot is needed!", "note: init[93] exited with irqs disabled",
		"INFO: task insmod:12 is blocked on a mutex likely owned by task rmmod:13.",
	} {
		f, ok := Classify(line)
		require.False(t, ok, "%s in %q", f, line)
	}
}

func TestClassifyAllocatesNothingForHarmlessLines(t *testing.T) {
	lines := strings.Split(transcript(t, "boot-generic"), "\n")
	require.Zero(t, testing.AllocsPerRun(10, func() {
		for _, line := range lines {
			if _, ok := Classify(line); ok {
				t.Fatal(line)
			}
		}
	}))
}

func TestOnlyStallsMayBeTheMachinesFault(t *testing.T) {
	for k := Panic; k <= Stall; k++ {
		require.NotContains(t, k.String(), "Kind(")
		require.Equal(t, k == Stall, k.Stalled())
		require.Equal(t, k <= Bug, k.Fatal())
	}
	require.Equal(t, "Kind(0)", Kind(0).String())
}

func FuzzClassify(f *testing.F) {
	for _, c := range heads {
		f.Add(c.line)
	}
	f.Add("WARNING: CPU#1:")
	f.Add("[ BUG:  ]")
	f.Add("BUG  (Tainted: ): ")
	f.Fuzz(func(t *testing.T, line string) {
		fault, ok := Classify(line)
		if !ok {
			require.Zero(t, fault)
			return
		}
		require.NotContains(t, fault.Kind.String(), "Kind(")
		require.NotEmpty(t, fault.Text)
		require.LessOrEqual(t, len(fault.Text), maxText)
		require.True(t, utf8.ValidString(fault.Text))
		require.NotContains(t, fault.Text, "\n")
		again, ok := Classify(line)
		require.True(t, ok)
		require.Equal(t, fault, again)
	})
}
