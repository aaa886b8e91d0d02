// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault - makes the kernel fail on request, to prove that a test run notices
 *
 * Only for a virtual machine that may die. What appears:
 *   /sys/module/fault/parameters/trigger   write-only (0200), one word a write:
 *
 *   warn              WARN, a trace in the log; all goes on
 *   oops              NULL dereference; the writer dies
 *   bug               BUG(); the writer dies
 *   panic             panic(); the kernel is gone
 *   spin[=SECONDS]    busy, preemption off, for ever or so long
 *   hang[=SECONDS]    uninterruptible sleep, for ever or so long
 *   hold, release     take, give back a module reference (rmmod: in use)
 *   taint             a new taint bit (U), without a line in the log
 *   log=TEXT          TEXT as a log record of its own
 *   err=ERRNO         fail the write with that errno
 *
 * Try it:
 *   insmod fault.ko
 *   echo warn > /sys/module/fault/parameters/trigger; dmesg
 *
 * A trigger among the load parameters is refused. Where the writer may never
 * come back, the module keeps a reference to itself first: rmmod then fails at
 * once, instead of waiting for the writer to leave the file.
 */
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#define SECONDS_MAX 3600

static bool loaded;		/* false while load parameters are parsed */
static unsigned int holds;	/* under the module's parameter lock */

/* No argument is for ever: 0. */
static int seconds(const char *arg, unsigned int *s)
{
	*s = 0;
	if (!arg)
		return 0;
	return kstrtouint(arg, 10, s) || !*s || *s > SECONDS_MAX ? -EINVAL : 0;
}

static int spin(const char *arg)
{
	unsigned long end;
	unsigned int s;

	if (seconds(arg, &s))
		return -EINVAL;

	__module_get(THIS_MODULE);
	preempt_disable();
	end = jiffies + s * HZ;
	while (!s || time_before(jiffies, end))
		cpu_relax();
	preempt_enable();
	module_put(THIS_MODULE);
	return 0;
}

static int hang(const char *arg)
{
	unsigned int s;

	if (seconds(arg, &s))
		return -EINVAL;

	__module_get(THIS_MODULE);
	do
		schedule_timeout_uninterruptible(s ? s * HZ : MAX_SCHEDULE_TIMEOUT);
	while (!s);
	module_put(THIS_MODULE);
	return 0;
}

static int oops(void)
{
	int *nowhere = NULL;

	__module_get(THIS_MODULE);
	OPTIMIZER_HIDE_VAR(nowhere);
	WRITE_ONCE(*nowhere, 1);
	return 0;
}

static int release(void)
{
	if (!holds)
		return -ENOENT;
	holds--;
	module_put(THIS_MODULE);
	return 0;
}

static int fail(const char *arg)
{
	unsigned int err;

	if (!arg || kstrtouint(arg, 10, &err) || !err || err > MAX_ERRNO)
		return -EINVAL;
	return -(int)err;
}

static int run(const char *word, const char *arg)
{
	if (!strcmp(word, "spin"))
		return spin(arg);
	if (!strcmp(word, "hang"))
		return hang(arg);
	if (!strcmp(word, "err"))
		return fail(arg);
	if (!strcmp(word, "log") && arg) {
		pr_info("%s\n", arg);
		return 0;
	}
	if (arg)
		return -EINVAL;

	if (!strcmp(word, "oops"))
		return oops();
	if (!strcmp(word, "release"))
		return release();
	if (!strcmp(word, "warn")) {
		WARN(1, "fault: asked to warn\n");
	} else if (!strcmp(word, "bug")) {
		__module_get(THIS_MODULE);
		BUG();
	} else if (!strcmp(word, "panic")) {
		panic("fault: asked to panic");
	} else if (!strcmp(word, "hold")) {
		__module_get(THIS_MODULE);
		holds++;
	} else if (!strcmp(word, "taint")) {
		add_taint(TAINT_USER, LOCKDEP_STILL_OK);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int trigger_set(const char *val, const struct kernel_param *kp)
{
	char *word, *arg;
	int err;

	if (!loaded)
		return -EPERM;

	word = kstrdup(val, GFP_KERNEL);
	if (!word)
		return -ENOMEM;
	word[strcspn(word, "\n")] = '\0';
	arg = strchr(word, '=');
	if (arg)
		*arg++ = '\0';
	err = run(word, arg);
	kfree(word);
	return err;
}

static const struct kernel_param_ops trigger_ops = {
	.set = trigger_set,
};
module_param_cb(trigger, &trigger_ops, NULL, 0200);
MODULE_PARM_DESC(trigger, "What to provoke, see the head of fault.c");

static int __init fault_init(void)
{
	loaded = true;
	return 0;
}
module_init(fault_init);

static void __exit fault_exit(void)
{
}
module_exit(fault_exit);

MODULE_DESCRIPTION("Makes the kernel fail on request");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
