// SPDX-License-Identifier: GPL-2.0-only
/*
 * params - one module parameter of every type that the kernel has
 *
 * What appears: /sys/module/params/parameters/NAME, named for the type, all
 * 0644 unless said otherwise:
 *   bool invbool bint byte short ushort int uint long ulong ullong hexint
 *   charp string      text; string is a buffer of 16 bytes with its NUL
 *   ints              an array of at most 4 int
 *   level             a callback: even numbers from 0 to 100, each set is logged
 *   fixed             0444: set by the loader, then only read
 *   secret            permissions 0: no file at all
 *
 * Try it:
 *   insmod params.ko bool=Y ints=1,2,3 charp='"two words"' hexint=0xff
 *   grep -r . /sys/module/params/parameters
 *   echo 12 > /sys/module/params/parameters/level; dmesg | tail -1
 *   echo 13 > /sys/module/params/parameters/level        (invalid argument)
 *   echo 300 > /sys/module/params/parameters/byte        (out of range)
 */
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/printk.h>

#define INTS_MAX 4
#define STRING_SIZE 16
#define LEVEL_MAX 100

/* A parameter named for its type, with v_TYPE behind it. */
#define PARAM(type, ctype, value)				\
	static ctype v_##type = value;				\
	module_param_named(type, v_##type, type, 0644);		\
	MODULE_PARM_DESC(type, "A value of type " #type)

PARAM(bool, bool, false);
PARAM(invbool, bool, true);	/* shown inverted: N */
PARAM(byte, unsigned char, 1);
PARAM(short, short, -2);
PARAM(ushort, unsigned short, 2);
PARAM(int, int, -3);
PARAM(uint, unsigned int, 3);
PARAM(long, long, -4);
PARAM(ulong, unsigned long, 4);
PARAM(ullong, unsigned long long, 5);
PARAM(hexint, unsigned int, 0x10);
PARAM(charp, char *, "initial");

/* An int that takes only what a bool takes. */
static int v_bint;
module_param_named(bint, v_bint, bint, 0644);
MODULE_PARM_DESC(bint, "A value of type bint");

static char v_string[STRING_SIZE] = "initial";
module_param_string(string, v_string, sizeof(v_string), 0644);
MODULE_PARM_DESC(string, "Text of at most 15 bytes");

static int ints[INTS_MAX] = { 1, 2 };
static unsigned int ints_n = 2;
module_param_array(ints, int, &ints_n, 0644);
MODULE_PARM_DESC(ints, "At most 4 int");

static int fixed = 7;
module_param(fixed, int, 0444);
MODULE_PARM_DESC(fixed, "Set by the loader only, readable");

static int secret = 42;
module_param(secret, int, 0);
MODULE_PARM_DESC(secret, "Set by the loader only, not shown");

static int level;

static int level_set(const char *val, const struct kernel_param *kp)
{
	int n, err;

	err = kstrtoint(val, 0, &n);
	if (err)
		return err;
	if (n < 0 || n > LEVEL_MAX)
		return -ERANGE;
	if (n % 2)
		return -EINVAL;

	*(int *)kp->arg = n;
	pr_info("#: set level: %d\n", n);
	return 0;
}

static int level_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", *(int *)kp->arg);
}

static const struct kernel_param_ops level_ops = {
	.set = level_set,
	.get = level_get,
};
module_param_cb(level, &level_ops, &level, 0644);
MODULE_PARM_DESC(level, "An even number from 0 to 100");

static int __init params_init(void)
{
	pr_info("#: params init, secret: %d\n", secret);
	return 0;
}
module_init(params_init);

static void __exit params_exit(void)
{
	pr_info("#: params exit\n");
}
module_exit(params_exit);

MODULE_DESCRIPTION("One module parameter of every type");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
