// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace_ex - an event of a module's own, for tracefs
 *
 * What appears:
 *   /sys/kernel/tracing/events/trace_ex/my_event   the event, in every instance
 *   /sys/module/trace_ex/parameters/fire           0200: each write is an event,
 *                                                  with the text that was written
 *
 * Try it:
 *   insmod trace_ex.ko
 *   cd /sys/kernel/tracing
 *   echo 1 > events/trace_ex/my_event/enable
 *   echo hello > /sys/module/trace_ex/parameters/fire
 *   cat events/trace_ex/my_event/format
 *   cat trace                    "my_event: count=1 minus=-1 first=104 text=hello"
 *
 * The event costs next to nothing while nobody has enabled it. The module can be
 * unloaded while it is enabled; the kernel then empties all trace buffers, since
 * it may give the event's number to another one.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/string.h>

#define CREATE_TRACE_POINTS
#include "trace_ex.h"

#define TEXT_SIZE 64	/* with the zero; what is longer is cut */

static int fired;	/* the kernel sets one parameter of a module at a time */

static int fire_set(const char *val, const struct kernel_param *kp)
{
	char text[TEXT_SIZE];

	if (!val)	/* "fire" without a value on the command line */
		return -EINVAL;
	strscpy(text, val, sizeof(text));
	trace_my_event(++fired, strim(text));
	return 0;
}

static const struct kernel_param_ops fire_ops = { .set = fire_set };
module_param_cb(fire, &fire_ops, NULL, 0200);
MODULE_PARM_DESC(fire, "Text for an event that happens at once");

static int __init trace_ex_init(void)
{
	return 0;
}
module_init(trace_ex_init);

static void __exit trace_ex_exit(void)
{
}
module_exit(trace_ex_exit);

MODULE_DESCRIPTION("An event of a module's own, for tracefs");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
