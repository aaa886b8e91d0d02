// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs_ex - attributes of every kind that sysfs has
 *
 * What appears: /sys/fs/my_test/NAME, 0644 unless said otherwise:
 *   first second   an int; each show and store is logged
 *   event          0444: how often something was written to trigger (0200);
 *                  poll(2) of an open event wakes with POLLPRI | POLLERR then
 *   link           0 or 1
 *   speed          0444: 1000 while link is 1, else EINVAL: no value now
 *   unplugged      0444: always EOPNOTSUPP
 *   mode           one of lzo, lzo-rle, lz4, the present one in brackets
 *   mask           32 bits, hexadecimal
 *   text           whatever was written, at most 4095 bytes, to the byte; a
 *                  longer write is EFBIG (one of nothing never gets here)
 *   readonly       0444: an int
 *   writeonly      0200: takes all, keeps nothing
 *   full           0444: as much as a show may give: a page less one byte
 *   blob           8192 bytes, binary, at any offset; mmap(2) works, too, and
 *                  whoever touches such memory after the unload has a SIGBUS
 *
 * Try it:
 *   insmod sysfs_ex.ko
 *   cat /sys/fs/my_test/first                            "1"
 *   echo 45 > /sys/fs/my_test/first; dmesg | tail -2
 *   echo lz4 > /sys/fs/my_test/mode; cat /sys/fs/my_test/mode
 *   cat /sys/fs/my_test/speed; echo 1 > /sys/fs/my_test/link
 *
 * Only first and second are logged. An open file does not hold the module;
 * after the unload its reads are ENODEV. The unload does not wake a poll(2)
 * that is asleep; the next one returns at once.
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kobject.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/version.h>
#include <linux/vmalloc.h>

#define TEXT_MAX (PAGE_SIZE - 1)	/* what a show may give */
#define BLOB_SIZE 8192
#define SPEED 1000

struct my_attr {
	struct attribute attr;
	ssize_t (*show)(struct kobject *kobj, struct my_attr *a, char *buf);
	ssize_t (*store)(struct kobject *kobj, struct my_attr *a, const char *buf,
			 size_t count);
	unsigned int value;
};

/* All values are under it. A show or a store is short, and seldom. */
static DEFINE_MUTEX(lock);

#define MY_ATTR(_name, _perm, _show, _store, _value)			\
	static struct my_attr my_##_name = {				\
		.attr = { .name = #_name, .mode = _perm },		\
		.show = _show,						\
		.store = _store,					\
		.value = _value,					\
	}

static ssize_t int_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	return sysfs_emit(buf, "%d\n", (int)a->value);
}

static ssize_t logged_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	pr_info("#: show for kobject: %s, attr: %s\n", kobject_name(kobj),
		a->attr.name);
	return int_show(kobj, a, buf);
}

static ssize_t logged_store(struct kobject *kobj, struct my_attr *a,
			    const char *buf, size_t count)
{
	int value, err;

	pr_info("#: store for kobject: %s, attr: %s\n", kobject_name(kobj),
		a->attr.name);
	err = kstrtoint(buf, 10, &value);
	if (err)
		return err;
	a->value = value;
	return count;
}

MY_ATTR(first, 0644, logged_show, logged_store, 1);
MY_ATTR(second, 0644, logged_show, logged_store, 2);
MY_ATTR(readonly, 0444, int_show, NULL, 7);
MY_ATTR(event, 0444, int_show, NULL, 0);

static ssize_t trigger_store(struct kobject *kobj, struct my_attr *a,
			     const char *buf, size_t count)
{
	my_event.value++;
	sysfs_notify(kobj, NULL, my_event.attr.name);
	return count;
}
MY_ATTR(trigger, 0200, NULL, trigger_store, 0);

static ssize_t writeonly_store(struct kobject *kobj, struct my_attr *a,
			       const char *buf, size_t count)
{
	return count;
}
MY_ATTR(writeonly, 0200, NULL, writeonly_store, 0);

static ssize_t link_store(struct kobject *kobj, struct my_attr *a,
			  const char *buf, size_t count)
{
	bool up;
	int err = kstrtobool(buf, &up);

	if (err)
		return err;
	a->value = up;
	return count;
}
MY_ATTR(link, 0644, int_show, link_store, 0);

static ssize_t speed_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	return my_link.value ? int_show(kobj, a, buf) : -EINVAL;
}
MY_ATTR(speed, 0444, speed_show, NULL, SPEED);

static ssize_t unplugged_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	return -EOPNOTSUPP;
}
MY_ATTR(unplugged, 0444, unplugged_show, NULL, 0);

static const char * const modes[] = { "lzo", "lzo-rle", "lz4" };

static ssize_t mode_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		n += sysfs_emit_at(buf, n, i == a->value ? "%s[%s]" : "%s%s",
				   i ? " " : "", modes[i]);
	return n + sysfs_emit_at(buf, n, "\n");
}

static ssize_t mode_store(struct kobject *kobj, struct my_attr *a,
			  const char *buf, size_t count)
{
	int i = sysfs_match_string(modes, buf);

	if (i < 0)
		return i;
	a->value = i;
	return count;
}
MY_ATTR(mode, 0644, mode_show, mode_store, 1);

static ssize_t mask_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	return sysfs_emit(buf, "0x%08x\n", a->value);
}

static ssize_t mask_store(struct kobject *kobj, struct my_attr *a,
			  const char *buf, size_t count)
{
	int err = kstrtouint(buf, 0, &a->value);

	return err ? err : count;
}
MY_ATTR(mask, 0644, mask_show, mask_store, 0xff);

static char text[TEXT_MAX];
static size_t text_len;

static ssize_t text_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	memcpy(buf, text, text_len);
	return text_len;
}

static ssize_t text_store(struct kobject *kobj, struct my_attr *a,
			  const char *buf, size_t count)
{
	if (count > sizeof(text))
		return -EFBIG;
	memcpy(text, buf, count);
	text_len = count;
	return count;
}
MY_ATTR(text, 0644, text_show, text_store, 0);

static ssize_t full_show(struct kobject *kobj, struct my_attr *a, char *buf)
{
	memset(buf, 'x', PAGE_SIZE - 1);
	return PAGE_SIZE - 1;
}
MY_ATTR(full, 0444, full_show, NULL, 0);

static struct attribute *my_attrs[] = {
	&my_first.attr, &my_second.attr, &my_event.attr, &my_trigger.attr,
	&my_link.attr, &my_speed.attr, &my_unplugged.attr, &my_mode.attr,
	&my_mask.attr, &my_text.attr, &my_readonly.attr, &my_writeonly.attr,
	&my_full.attr, NULL
};
ATTRIBUTE_GROUPS(my);

/* Since 6.16 a handler may not change its attribute. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define bin_const
#else
#define bin_const const
#endif

static u8 *blob; /* whole pages, which can be mapped */

/* sysfs keeps pos and count within the size of the attribute. */
static ssize_t blob_read(struct file *file, struct kobject *kobj,
			 bin_const struct bin_attribute *attr, char *buf,
			 loff_t pos, size_t count)
{
	mutex_lock(&lock);
	memcpy(buf, blob + pos, count);
	mutex_unlock(&lock);
	return count;
}

static ssize_t blob_write(struct file *file, struct kobject *kobj,
			  bin_const struct bin_attribute *attr, char *buf,
			  loff_t pos, size_t count)
{
	mutex_lock(&lock);
	memcpy(blob + pos, buf, count);
	mutex_unlock(&lock);
	return count;
}

/* sysfs takes the pages out of all mappings when it removes the file. */
static int blob_mmap(struct file *file, struct kobject *kobj,
		     bin_const struct bin_attribute *attr,
		     struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, blob, vma->vm_pgoff);
}

static struct bin_attribute blob_attr = {
	.attr = { .name = "blob", .mode = 0644 },
	.size = BLOB_SIZE,
	.read = blob_read,
	.write = blob_write,
	.mmap = blob_mmap,
};

static ssize_t my_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct my_attr *a = container_of(attr, struct my_attr, attr);
	ssize_t n;

	mutex_lock(&lock);
	n = a->show ? a->show(kobj, a, buf) : -EIO;
	mutex_unlock(&lock);
	return n;
}

static ssize_t my_store(struct kobject *kobj, struct attribute *attr,
			const char *buf, size_t count)
{
	struct my_attr *a = container_of(attr, struct my_attr, attr);
	ssize_t n;

	mutex_lock(&lock);
	n = a->store ? a->store(kobj, a, buf, count) : -EIO;
	mutex_unlock(&lock);
	return n;
}

static const struct sysfs_ops my_ops = {
	.show = my_show,
	.store = my_store,
};

static void my_release(struct kobject *kobj)
{
	kfree(kobj);
}

static const struct kobj_type my_ktype = {
	.release = my_release,
	.sysfs_ops = &my_ops,
	.default_groups = my_groups,
};

static struct kobject *my_kobj;

static int __init sysfs_ex_init(void)
{
	int err;

	blob = vmalloc_user(BLOB_SIZE);
	if (!blob)
		return -ENOMEM;
	my_kobj = kzalloc(sizeof(*my_kobj), GFP_KERNEL);
	if (!my_kobj) {
		vfree(blob);
		return -ENOMEM;
	}
	err = kobject_init_and_add(my_kobj, &my_ktype, fs_kobj, "my_test");
	if (!err)
		err = sysfs_create_bin_file(my_kobj, &blob_attr);
	if (err) {
		kobject_put(my_kobj);
		vfree(blob);
	}
	return err;
}
module_init(sysfs_ex_init);

static void __exit sysfs_ex_exit(void)
{
	kobject_del(my_kobj); /* waits for the calls that are under way */
	kobject_put(my_kobj);
	vfree(blob); /* a page that is mapped lives on until it is not */
}
module_exit(sysfs_ex_exit);

MODULE_DESCRIPTION("Attributes of every kind that sysfs has");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
