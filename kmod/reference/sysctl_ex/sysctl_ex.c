// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysctl_ex - sysctls of every kind
 *
 * What appears: /proc/sys/sysctl_ex/NAME, 0644 unless said otherwise:
 *   number    an int from 0 to 100
 *   vector    four ints; who writes two of them leaves the others
 *   text      a string of at most 31 bytes; the rest of a longer one is dropped
 *   flag      a bool: 0 or 1
 *   even      an even int: a handler of the module's own, which logs each
 *             write that it takes
 *   readonly  0444: an int
 *   trigger   0200: takes an int, and counts in event
 *   event     0444: how often trigger was written; poll(2) of an open event
 *             wakes with POLLPRI | POLLERR then
 *
 * Try it:
 *   insmod sysctl_ex.ko
 *   sysctl sysctl_ex
 *   sysctl -w sysctl_ex.number=101                       "Invalid argument"
 *   sysctl -w sysctl_ex.vector="9 8"; sysctl sysctl_ex.vector
 *   echo 6 > /proc/sys/sysctl_ex/even; dmesg | tail -1
 *
 * An open file does not hold the module; after the unload its reads are
 * ENOENT. The unload wakes a poll(2) that is asleep.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <linux/wait.h>

/* Since 6.11 a handler may not change its table. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define table_const
#else
#define table_const const
#endif

static int number = 60, zero, hundred = 100;
static int vector[4] = { 1, 2, 3, 4 };
static char text[32] = "initial";
static bool flag;
static int even = 2, readonly = 7, event;

/* Handlers of one table run side by side. */
static DEFINE_MUTEX(lock);

static int even_handler(table_const struct ctl_table *table, int write,
			void *buffer, size_t *lenp, loff_t *ppos)
{
	struct ctl_table copy = *table;
	int value, err;

	mutex_lock(&lock);
	value = even;
	copy.data = &value;
	err = proc_dointvec(&copy, write, buffer, lenp, ppos);
	if (!err && write && value % 2)
		err = -EINVAL;
	if (!err && write) {
		even = value;
		pr_info("#: even is %d\n", even);
	}
	mutex_unlock(&lock);
	return err;
}

static DEFINE_CTL_TABLE_POLL(event_poll);

/* What proc_sys_poll_notify() does, which is not for modules. */
static void notify(void)
{
	atomic_inc(&event_poll.event);
	wake_up_interruptible(&event_poll.wait);
}

static int trigger_handler(table_const struct ctl_table *table, int write,
			   void *buffer, size_t *lenp, loff_t *ppos)
{
	struct ctl_table copy = *table;
	int value = 0, err;

	copy.data = &value;
	err = proc_dointvec(&copy, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	mutex_lock(&lock);
	event++;
	mutex_unlock(&lock);
	notify();
	return 0;
}

/* Before 6.3 a bool is counted as an int, though it is none. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define FLAG_SIZE sizeof(int)
#else
#define FLAG_SIZE sizeof(bool)
#endif

#define KEY(_name, _mode, _handler, ...) {				\
	.procname = #_name, .data = &_name, .maxlen = sizeof(_name),	\
	.mode = _mode, .proc_handler = _handler, __VA_ARGS__		\
}

/* Not const: kernels before 6.14 take none. */
static struct ctl_table table[] = {
	KEY(number, 0644, proc_dointvec_minmax,
	    .extra1 = &zero, .extra2 = &hundred),
	KEY(vector, 0644, proc_dointvec),
	KEY(text, 0644, proc_dostring),
	{ .procname = "flag", .data = &flag, .maxlen = FLAG_SIZE, .mode = 0644,
	  .proc_handler = proc_dobool },
	KEY(even, 0644, even_handler),
	KEY(readonly, 0444, proc_dointvec),
	KEY(event, 0444, proc_dointvec, .poll = &event_poll),
	{ .procname = "trigger", .maxlen = sizeof(int), .mode = 0200,
	  .proc_handler = trigger_handler },
	/* Before 6.6 an empty entry ends the table, since 6.11 none may be. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	{ }
#endif
};

static struct ctl_table_header *header;

static int __init sysctl_ex_init(void)
{
	header = register_sysctl("sysctl_ex", table);
	return header ? 0 : -ENOMEM;
}
module_init(sysctl_ex_init);

/*
 * Who sleeps in poll(2) or epoll(7) is on a list in this module's memory. From
 * now on nobody can join it: wake all, and let epoll take itself off, until it
 * is empty. The grace period is for who does that at this moment.
 */
static void drain(struct wait_queue_head *wait)
{
	while (waitqueue_active(wait)) {
		__wake_up(wait, TASK_NORMAL, 0,
			  poll_to_key(EPOLLERR | EPOLLHUP | POLLFREE));
		schedule_timeout_uninterruptible(1);
	}
	synchronize_rcu();
}

static void __exit sysctl_ex_exit(void)
{
	unregister_sysctl_table(header); /* waits for the calls that are under way */
	drain(&event_poll.wait);
}
module_exit(sysctl_ex_exit);

MODULE_DESCRIPTION("Sysctls of every kind");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
