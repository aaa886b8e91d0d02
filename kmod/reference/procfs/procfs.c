// SPDX-License-Identifier: GPL-2.0-only
/*
 * procfs - a text and a list of records in /proc
 *
 * What appears:
 *   /proc/my_test/my_file   a text of at most 64 KiB (0644). One write is the
 *                           whole new text, wherever in the file it goes; a
 *                           write of nothing empties it, a longer one is EFBIG,
 *                           a pwrite ESPIPE, as seq_file has it
 *   /proc/my_test/records   "ID SQUARE", one record a line (0644); it takes
 *     add N                 N new records at the end, with new numbers
 *     del ID                that record goes; ENOENT when it is not there
 *
 * Try it:
 *   insmod procfs.ko records=5
 *   cat /proc/my_test/my_file                         "initial content"
 *   echo 12345 > /proc/my_test/my_file; dmesg | tail -1
 *   echo del 3 > /proc/my_test/records; cat /proc/my_test/records
 *
 * The text comes as it was at the first read of a pass, in however many pieces
 * it is taken. The records do not: the lock is held for one buffer (4 KiB), and
 * the place in the list is kept as a count, as in most files of the kernel. Who
 * deletes a record that a reader has passed hides another one from that reader.
 *
 * An open file does not hold the module; after the unload its reads are EIO.
 */
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#define TEXT_MAX SZ_64K
#define RECORDS_MAX 100000

static unsigned int records = 1000;
module_param(records, uint, 0444);
MODULE_PARM_DESC(records, "How many records there are at first, at most 100000");

static DEFINE_MUTEX(text_lock);
static char *text;
static size_t text_len;

static int my_file_show(struct seq_file *m, void *v)
{
	mutex_lock(&text_lock);
	seq_write(m, text, text_len);
	mutex_unlock(&text_lock);
	return 0;
}

static int my_file_open(struct inode *inode, struct file *file)
{
	return single_open(file, my_file_show, NULL);
}

static ssize_t my_file_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	char *new;

	if (count > TEXT_MAX)
		return -EFBIG;
	new = vmemdup_user(buf, count);
	if (IS_ERR(new))
		return PTR_ERR(new);

	mutex_lock(&text_lock);
	swap(text, new);
	text_len = count;
	mutex_unlock(&text_lock);

	kvfree(new);
	pr_info("#: my_file: %zu bytes\n", count);
	return count;
}

static const struct proc_ops my_file_ops = {
	.proc_open = my_file_open,
	.proc_read_iter = seq_read_iter,
	.proc_write = my_file_write,
	.proc_lseek = seq_lseek,
	.proc_release = single_release,
};

struct record {
	struct list_head list;
	unsigned int id;
};

static DEFINE_MUTEX(list_lock);
static LIST_HEAD(list);
static unsigned int list_len;
static unsigned int last_id;

static void free_list(struct list_head *head)
{
	struct record *r, *next;

	list_for_each_entry_safe(r, next, head, list)
		kfree(r);
}

/* All of them or none. */
static int add_records(unsigned int n)
{
	struct record *r;
	LIST_HEAD(new);
	unsigned int i;

	if (n > RECORDS_MAX - list_len || n > UINT_MAX - last_id)
		return -ENOSPC;
	for (i = 1; i <= n; i++) {
		r = kmalloc(sizeof(*r), GFP_KERNEL);
		if (!r) {
			free_list(&new);
			return -ENOMEM;
		}
		r->id = last_id + i;
		list_add_tail(&r->list, &new);
	}
	list_splice_tail(&new, &list);
	list_len += n;
	last_id += n;
	return 0;
}

static int del_record(unsigned int id)
{
	struct record *r;

	list_for_each_entry(r, &list, list) {
		if (r->id != id)
			continue;
		list_del(&r->list);
		list_len--;
		kfree(r);
		return 0;
	}
	return -ENOENT;
}

static void *records_start(struct seq_file *m, loff_t *pos)
{
	mutex_lock(&list_lock);
	return seq_list_start(&list, *pos);
}

static void *records_next(struct seq_file *m, void *v, loff_t *pos)
{
	return seq_list_next(v, &list, pos);
}

static void records_stop(struct seq_file *m, void *v)
{
	mutex_unlock(&list_lock);
}

static int records_show(struct seq_file *m, void *v)
{
	const struct record *r = list_entry(v, struct record, list);

	seq_printf(m, "%u %llu\n", r->id, (u64)r->id * r->id);
	return 0;
}

static const struct seq_operations records_seq = {
	.start = records_start,
	.next = records_next,
	.stop = records_stop,
	.show = records_show,
};

static int records_open(struct inode *inode, struct file *file)
{
	return seq_open(file, &records_seq);
}

static ssize_t records_write(struct file *file, const char __user *buf,
			     size_t count, loff_t *pos)
{
	char line[32] = "";
	char *arg = line, *verb;
	unsigned int n;
	int err;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buf, count))
		return -EFAULT;

	verb = strsep(&arg, " ");
	err = arg ? kstrtouint(arg, 10, &n) : -EINVAL;
	if (err)
		return err;

	mutex_lock(&list_lock);
	if (!strcmp(verb, "add"))
		err = add_records(n);
	else if (!strcmp(verb, "del"))
		err = del_record(n);
	else
		err = -EINVAL;
	mutex_unlock(&list_lock);
	return err ? err : count;
}

static const struct proc_ops records_ops = {
	.proc_open = records_open,
	.proc_read_iter = seq_read_iter,
	.proc_write = records_write,
	.proc_lseek = seq_lseek,
	.proc_release = seq_release,
};

static struct proc_dir_entry *dir;

/* Waits for the calls that are under way; closes what is still open. */
static void procfs_cleanup(void)
{
	proc_remove(dir);
	free_list(&list);
	kvfree(text);
}

static int __init procfs_init(void)
{
	static const char initial[] = "initial content\n";
	int err = -ENOMEM;

	text = kstrdup(initial, GFP_KERNEL);
	if (!text)
		goto fail;
	text_len = strlen(initial);
	err = add_records(records);
	if (err)
		goto fail;

	err = -ENOMEM;
	dir = proc_mkdir("my_test", NULL);
	if (!dir || !proc_create("my_file", 0644, dir, &my_file_ops) ||
	    !proc_create("records", 0644, dir, &records_ops))
		goto fail;
	return 0;

fail:
	procfs_cleanup();
	return err;
}
module_init(procfs_init);

static void __exit procfs_exit(void)
{
	procfs_cleanup();
}
module_exit(procfs_exit);

MODULE_DESCRIPTION("A text and a list of records in /proc");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
