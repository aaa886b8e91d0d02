// SPDX-License-Identifier: GPL-2.0-only
/*
 * echo - a module that says its parameters to the kernel log
 *
 * The smallest conversation with the kernel: words go in when the module is
 * loaded, and come out as log records.
 *
 * What appears:
 *   /sys/module/echo/parameters/args   the words, comma separated (0644)
 *   nothing for cnt: its permissions are 0, so only the loader may set it
 *
 * Try it:
 *   insmod echo.ko cnt=2 args=a,b
 *   dmesg | tail -4                    "#: cnt: 2", " a; ", " b; ", "#: Module init"
 *   cat /sys/module/echo/parameters/args
 *   rmmod echo                         "#: Module exit"
 *
 * cnt is only a wish. What is printed is at most what was given: a cnt that is
 * negative, larger than the array or larger than the number of words gets a
 * line that says so.
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#define ARGS_MAX 10

static int cnt;
module_param(cnt, int, 0);
MODULE_PARM_DESC(cnt, "How many of args to print");

static char *args[ARGS_MAX];
static unsigned int args_given;
module_param_array(args, charp, &args_given, 0644);
MODULE_PARM_DESC(args, "The words to print, at most 10");

static int __init echo_init(void)
{
	int given = min_t(unsigned int, args_given, ARGS_MAX);
	int n = clamp(cnt, 0, given);
	int i;

	pr_info("#: cnt: %d\n", cnt);
	for (i = 0; i < n; i++)
		pr_info(" %s; \n", args[i]);
	if (n != cnt)
		pr_info("#: cnt is not 0..%d, printed %d\n", given, n);
	pr_info("#: Module init\n");

	return 0;
}
module_init(echo_init);

static void __exit echo_exit(void)
{
	pr_info("#: Module exit\n");
}
module_exit(echo_exit);

MODULE_DESCRIPTION("Says its parameters to the kernel log");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
