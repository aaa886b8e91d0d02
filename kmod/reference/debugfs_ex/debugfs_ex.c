// SPDX-License-Identifier: GPL-2.0-only
/*
 * debugfs_ex - a file of every kind that debugfs has helpers for
 *
 * What appears: /sys/kernel/debug/debugfs_ex/NAME, 0644 unless said otherwise:
 *   u8 u16 u32 u64 size_t ulong    an unsigned number, decimal
 *   x8 x16 x32 x64                 one in hexadecimal, as 0x0012
 *   atomic                         an atomic_t, which has a sign
 *   bool                           Y or N
 *   str                            a text; 0444 before 6.7, which cannot write
 *   blob                           8 bytes, binary
 *   regs                           0444: a set of registers, "NAME = 0x00000000"
 *   u32s                           0444: an array of u32
 *   signed                         from -100 to 100, else ERANGE
 *   records                        0444: 1000 lines, "record 0" and so on
 *   fail                           write an errno, and reading gives it; 0: none
 *   slow                           write milliseconds, and reading takes them
 *   say                            0200: what is written, as debug messages
 *   count                          0444: how often something was said
 *   visitor                        1 makes the file guest, as signed, 0 removes it
 *   folder/inner                   0444: a u32 in a folder
 *   loop                           a link to the folder that it lies in
 *
 * Try it:
 *   insmod debugfs_ex.ko; cd /sys/kernel/debug/debugfs_ex
 *   cat u32 x32 bool regs; echo -7 > atomic
 *   grep debugfs_ex /proc/dynamic_debug/control
 *   echo 'module debugfs_ex func say_write +p' > /proc/dynamic_debug/control
 *   echo hello > say; dmesg | tail -2
 *
 * An open file holds the module where its operations are the module's own, as
 * those of records and signed are, and not where they are debugfs's, as those of
 * u32 and blob. What is removed while it is open is EIO from then on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#define RECORDS 1000
#define SLOWEST 2000	/* ms: an unload waits for the reads under way */
#define SAY_MAX 64

static struct dentry *dir;

static u8 u8_value = 8, x8_value = 0x8;
static u16 u16_value = 16, x16_value = 0x16;
static u32 u32_value = 32, x32_value = 0x32, count, inner = 7;
static u64 u64_value = 64, x64_value = 0x64;
static size_t size_value = 1 << 20;
static unsigned long ulong_value = 1000;
static atomic_t atomic_value = ATOMIC_INIT(-1);
static bool bool_value = true;
static char *str_value;

static u8 blob_bytes[8] = { 0x7f, 'b', 'l', 'o', 'b', 0, '\n', 0xff };
static struct debugfs_blob_wrapper blob = {
	.data = blob_bytes,
	.size = sizeof(blob_bytes),
};

static u32 words[] = { 1, 20, 300, U32_MAX };
static struct debugfs_u32_array u32s = {
	.array = words,
	.n_elements = ARRAY_SIZE(words),
};

/* Memory does for the registers of a device. */
static u32 device[3] = { 0x1, 0xdeadbeef, 0x80000000 };
static const struct debugfs_reg32 regs[] = {
	{ "CTRL", 0 }, { "STATUS", 4 }, { "IRQ MASK", 8 },
};
static struct debugfs_regset32 regset = {
	.regs = regs,
	.nregs = ARRAY_SIZE(regs),
	.base = (void __iomem __force *)device,
};

static s64 signed_value = -5;

static int signed_get(void *data, u64 *val)
{
	*val = READ_ONCE(signed_value);
	return 0;
}

static int signed_set(void *data, u64 val)
{
	s64 v = val;

	if (v < -100 || v > 100)
		return -ERANGE;
	WRITE_ONCE(signed_value, v);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE_SIGNED(signed_fops, signed_get, signed_set, "%lld\n");

static u64 fail_errno;

static int fail_get(void *data, u64 *val)
{
	*val = 0;
	return -(int)READ_ONCE(fail_errno);
}

static int fail_set(void *data, u64 val)
{
	if (val >= MAX_ERRNO)
		return -EINVAL;
	WRITE_ONCE(fail_errno, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(fail_fops, fail_get, fail_set, "%llu\n");

static u64 slow_ms;

static int slow_get(void *data, u64 *val)
{
	*val = READ_ONCE(slow_ms);
	return msleep_interruptible(*val) ? -EINTR : 0;
}

static int slow_set(void *data, u64 val)
{
	if (val > SLOWEST)
		return -EINVAL;
	WRITE_ONCE(slow_ms, val);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(slow_fops, slow_get, slow_set, "%llu\n");

static DEFINE_MUTEX(visitor_lock);
static struct dentry *guest;

static int visitor_get(void *data, u64 *val)
{
	*val = READ_ONCE(guest) != NULL;
	return 0;
}

static int visitor_set(void *data, u64 val)
{
	int err = 0;

	mutex_lock(&visitor_lock);
	if (val && !guest) {
		struct dentry *d = debugfs_create_file_unsafe("guest", 0644,
				dir, NULL, &signed_fops);

		if (IS_ERR(d))
			err = PTR_ERR(d);
		else
			guest = d;
	} else if (!val && guest) {
		debugfs_remove(guest);
		guest = NULL;
	}
	mutex_unlock(&visitor_lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(visitor_fops, visitor_get, visitor_set, "%llu\n");

static void *records_start(struct seq_file *m, loff_t *pos)
{
	return *pos < RECORDS ? pos : NULL;
}

static void *records_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return records_start(m, pos);
}

static void records_stop(struct seq_file *m, void *v)
{
}

static int records_show(struct seq_file *m, void *v)
{
	seq_printf(m, "record %lld\n", *(loff_t *)v);
	return 0;
}

static const struct seq_operations records_sops = {
	.start = records_start,
	.next = records_next,
	.stop = records_stop,
	.show = records_show,
};
DEFINE_SEQ_ATTRIBUTE(records);

/* The classes of debug messages came with 6.1, and have a new name since 7.1. */
#if defined(DECLARE_DYNDBG_CLASSMAP)
DECLARE_DYNDBG_CLASSMAP(classes, DD_CLASS_TYPE_DISJOINT_NAMES, 0, "EX_NOISE");
#elif defined(DYNAMIC_DEBUG_CLASSMAP_DEFINE)
DYNAMIC_DEBUG_CLASSMAP_DEFINE(classes, DD_CLASS_TYPE_DISJOINT_NAMES, 0, "EX_NOISE");
#endif

static noinline void murmur(const char *text, size_t len)
{
	pr_debug("a tab\t, \"quotes\"; a \\ and 100%% of %zu bytes\n", len);
#ifdef __pr_debug_cls
	__pr_debug_cls(0, "noise: %s\n", text);
#endif
}

static ssize_t say_write(struct file *file, const char __user *buf, size_t len,
			 loff_t *pos)
{
	char text[SAY_MAX + 1];

	if (len > SAY_MAX)
		return -E2BIG;
	if (copy_from_user(text, buf, len))
		return -EFAULT;
	text[len] = 0;
	WRITE_ONCE(count, count + 1);
	pr_debug("said %s\n", strim(text));
	murmur(text, len);
	return len;
}

static const struct file_operations say_fops = {
	.owner = THIS_MODULE,
	.write = say_write,
	.llseek = noop_llseek,
};

/* debugfs_create_str is for modules since 6.3, and stores since 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static int str_show(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", str_value);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(str);
#define create_str(mode) debugfs_create_file("str", 0444, dir, NULL, &str_fops)
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define create_str(mode) debugfs_create_str("str", 0444, dir, &str_value)
#else
#define create_str(mode) debugfs_create_str("str", mode, dir, &str_value)
#endif

static void numbers(void)
{
	debugfs_create_u8("u8", 0644, dir, &u8_value);
	debugfs_create_u16("u16", 0644, dir, &u16_value);
	debugfs_create_u32("u32", 0644, dir, &u32_value);
	debugfs_create_u64("u64", 0644, dir, &u64_value);
	debugfs_create_x8("x8", 0644, dir, &x8_value);
	debugfs_create_x16("x16", 0644, dir, &x16_value);
	debugfs_create_x32("x32", 0644, dir, &x32_value);
	debugfs_create_x64("x64", 0644, dir, &x64_value);
	debugfs_create_size_t("size_t", 0644, dir, &size_value);
	debugfs_create_ulong("ulong", 0644, dir, &ulong_value);
	debugfs_create_atomic_t("atomic", 0644, dir, &atomic_value);
	debugfs_create_bool("bool", 0644, dir, &bool_value);
	debugfs_create_u32("count", 0444, dir, &count);
	debugfs_create_u32("inner", 0444, debugfs_create_dir("folder", dir),
			   &inner);
}

static int __init debugfs_ex_init(void)
{
	/* What cannot be made is left out, as everywhere in debugfs, but for
	 * its folder: without it there is nothing to see.
	 */
	str_value = kstrdup("a text", GFP_KERNEL); /* a store frees it */
	if (!str_value)
		return -ENOMEM;
	dir = debugfs_create_dir("debugfs_ex", NULL);
	if (IS_ERR(dir)) {
		kfree(str_value);
		return PTR_ERR(dir);
	}
	numbers();
	create_str(0644);
	debugfs_create_blob("blob", 0644, dir, &blob);
	debugfs_create_regset32("regs", 0444, dir, &regset);
	debugfs_create_u32_array("u32s", 0444, dir, &u32s);
	debugfs_create_file_unsafe("signed", 0644, dir, NULL, &signed_fops);
	debugfs_create_file("records", 0444, dir, NULL, &records_fops);
	debugfs_create_file_unsafe("fail", 0644, dir, NULL, &fail_fops);
	debugfs_create_file_unsafe("slow", 0644, dir, NULL, &slow_fops);
	debugfs_create_file("say", 0200, dir, NULL, &say_fops);
	debugfs_create_file_unsafe("visitor", 0644, dir, NULL, &visitor_fops);
	debugfs_create_symlink("loop", dir, ".");
	return 0;
}
module_init(debugfs_ex_init);

static void __exit debugfs_ex_exit(void)
{
	debugfs_remove(dir); /* waits for the calls that are under way */
	kfree(str_value);
}
module_exit(debugfs_ex_exit);

MODULE_DESCRIPTION("A file of every kind that debugfs has helpers for");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
