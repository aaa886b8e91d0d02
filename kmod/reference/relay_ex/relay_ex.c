// SPDX-License-Identifier: GPL-2.0-only
/*
 * relay_ex - numbered records in a relay channel, as many as are asked for
 *
 * What appears: /sys/kernel/debug/relay_ex/NAME
 *   cpu0 cpu1 ...  0400: the channel, one file a CPU, of records that are
 *                  little-endian on a little-endian machine:
 *                    u64 seq      0, 1, ... on this CPU; a dropped one leaves a hole
 *                    u64 time_ns  ktime_get_ns(): CLOCK_MONOTONIC
 *                    u32 cpu      where it was made
 *                    u32 len      of what follows: seq % (payload + 1)
 *                    u8 [len]     each is the lowest byte of seq
 *   produce        0200: "CPU N": makes N records there, before the write returns
 *   start          0200: N: a thread on each CPU makes N records, 0: without an
 *                  end; EBUSY while threads are at it
 *   stop           0200: ends the threads, and completes the sub-buffers that
 *                  are partly filled, so that poll(2) reports them
 *   dropped        0444: records that found no room, of all CPUs
 *   produced       0444: a line for each CPU: cpu, records made, records dropped
 *   subbufs        0444: a line for each CPU, for readers by mmap(2): cpu,
 *                  sub-buffers completed and consumed, and the bytes at the end
 *                  of each that are unused
 *   consumed       0200: "CPU N": N more sub-buffers were read by mmap(2)
 *
 * Try it:
 *   insmod relay_ex.ko
 *   cd /sys/kernel/debug/relay_ex; echo "0 3" > produce; hexdump -C cpu0
 *   echo 0 > start; cat cpu0 cpu1 | wc -c; echo 0 > stop; cat produced dropped
 *
 * With unsafe=1 the files are without debugfs's guard, which hides mmap(2) and
 * splice(2) (gone from relay in 6.8). They stay safe: only relay's own code,
 * which is no module's, runs in them. An open file does not hold the module.
 * After the unload a guarded one says EIO; a bare one still gives what it had.
 */
#include <linux/cpu.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/relay.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/smp.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#define PAYLOAD_MAX 256
#define BATCH 64	/* records without an interrupt, or between two looks */

static unsigned int subbuf_size = 16384;
module_param(subbuf_size, uint, 0444);
MODULE_PARM_DESC(subbuf_size, "bytes of a sub-buffer (16384)");
static unsigned int n_subbufs = 8;
module_param(n_subbufs, uint, 0444);
MODULE_PARM_DESC(n_subbufs, "sub-buffers of a CPU (8)");
static unsigned int rate;
module_param(rate, uint, 0644);
MODULE_PARM_DESC(rate, "records a second of a thread; 0: as many as it can (0)");
static unsigned int payload;
module_param(payload, uint, 0444);
MODULE_PARM_DESC(payload, "most bytes after a record's head, 0 to 256 (0)");
static bool overwrite;
module_param(overwrite, bool, 0444);
MODULE_PARM_DESC(overwrite, "the newest replaces the oldest, or is dropped (N)");
static bool unsafe;
module_param(unsafe, bool, 0444);
MODULE_PARM_DESC(unsafe, "files with mmap and splice (N)");

struct record {
	u64 seq;
	u64 time_ns;
	u32 cpu;
	u32 len;
	u8 payload[PAYLOAD_MAX];
};
#define HEAD offsetof(struct record, payload)

struct producer {
	struct task_struct *task;
	u64 count;		/* what is left to the thread */
	u64 seq;		/* changed on its CPU, with interrupts off */
	u64 dropped;		/* so is this */
	struct record record;
};
static DEFINE_PER_CPU(struct producer, producers);

static DEFINE_MUTEX(lock);	/* of starting, stopping, producing, flushing */
static bool running, closing;
static struct rchan *chan;
static struct dentry *dir;

/*
 * Whether a sub-buffer can be ended. relay asks for it in subbuf_start(), when
 * it is too late: a read(2) on another CPU that comes between takes a full
 * buffer for one that is overwritten, and goes on somewhere else.
 */
static bool may_switch(struct rchan_buf *buf)
{
	return overwrite || buf->subbufs_produced + 1 -
			    READ_ONCE(buf->subbufs_consumed) < n_subbufs;
}

static void produce(unsigned int n)
{
	struct rchan_buf *buf;
	unsigned long flags;
	struct producer *p;
	struct record *r;

	local_irq_save(flags);
	p = this_cpu_ptr(&producers);
	r = &p->record;
	buf = *this_cpu_ptr(chan->buf);
	for (; n; n--) {
		r->seq = p->seq++;
		r->time_ns = ktime_get_ns();
		r->cpu = smp_processor_id();
		r->len = payload ? (u32)r->seq % (payload + 1) : 0;
		memset(r->payload, r->seq, r->len);
		if (buf->offset + HEAD + r->len <= subbuf_size || may_switch(buf))
			relay_write(chan, r, HEAD + r->len);
		else
			p->dropped++;
	}
	local_irq_restore(flags);
}

static int produce_thread(void *data)
{
	struct producer *p = data;
	u64 began = ktime_get_ns(), made = 0, due = p->count;
	unsigned int per_second, n;

	while (!kthread_should_stop() && made < p->count) {
		per_second = READ_ONCE(rate);
		if (per_second)
			due = min(p->count, div_u64(div_u64(ktime_get_ns() - began,
					NSEC_PER_USEC) * per_second, USEC_PER_SEC));
		if (due <= made) {
			usleep_range(500, 1000);
			continue;
		}
		n = min_t(u64, due - made, BATCH);
		produce(n);
		made += n;
		cond_resched();
	}
	return 0;
}

static void stop_threads(void)
{
	struct producer *p;
	int cpu;

	for_each_possible_cpu(cpu) {
		p = per_cpu_ptr(&producers, cpu);
		if (!p->task)
			continue;
		kthread_stop(p->task);
		put_task_struct(p->task);
		p->task = NULL;
	}
	running = false;
}

static int start_threads(u64 count)
{
	struct task_struct *task;
	struct producer *p;
	int cpu, err = 0;

	cpus_read_lock();
	for_each_online_cpu(cpu) {
		p = per_cpu_ptr(&producers, cpu);
		p->count = count ? count : U64_MAX;
		task = kthread_create(produce_thread, p, "relay_ex/%d", cpu);
		if (IS_ERR(task)) {
			err = PTR_ERR(task);
			break;
		}
		kthread_bind(task, cpu);
		p->task = get_task_struct(task); /* it may end by itself */
	}
	running = true;
	if (!err)
		for_each_online_cpu(cpu)
			wake_up_process(per_cpu_ptr(&producers, cpu)->task);
	cpus_read_unlock();
	if (err)
		stop_threads();
	return err;
}

static int start_set(void *data, u64 count)
{
	int err;

	mutex_lock(&lock);
	err = closing ? -ENODEV : running ? -EBUSY : start_threads(count);
	mutex_unlock(&lock);
	return err;
}
DEFINE_DEBUGFS_ATTRIBUTE(start_fops, NULL, start_set, "%llu\n");

/*
 * relay_flush(), where there is room for it, and while nobody reads: relay
 * moves to the next sub-buffer in two steps, and a read(2) that has caught up
 * and comes between takes what is in that one, which is nothing yet, for data.
 */
static void flush(void)
{
	struct rchan_buf *buf;
	int cpu;

	cpus_read_lock();
	for_each_possible_cpu(cpu) {
		buf = *per_cpu_ptr(chan->buf, cpu);
		if (!buf)
			continue;
		inode_lock(d_inode(buf->dentry)); /* as read(2) does */
		if (buf->offset && may_switch(buf))
			relay_switch_subbuf(buf, 0);
		inode_unlock(d_inode(buf->dentry));
	}
	cpus_read_unlock();
}

static int stop_set(void *data, u64 ignored)
{
	mutex_lock(&lock);
	stop_threads();
	if (!closing)
		flush();
	mutex_unlock(&lock);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(stop_fops, NULL, stop_set, "%llu\n");

static int dropped_get(void *data, u64 *sum)
{
	int cpu;

	*sum = 0;
	for_each_possible_cpu(cpu)
		*sum += READ_ONCE(per_cpu_ptr(&producers, cpu)->dropped);
	return 0;
}
DEFINE_DEBUGFS_ATTRIBUTE(dropped_fops, dropped_get, NULL, "%llu\n");

static int produced_show(struct seq_file *m, void *unused)
{
	struct producer *p;
	int cpu;

	for_each_possible_cpu(cpu) {
		p = per_cpu_ptr(&producers, cpu);
		seq_printf(m, "%d %llu %llu\n", cpu, READ_ONCE(p->seq),
			   READ_ONCE(p->dropped));
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(produced);

static int subbufs_show(struct seq_file *m, void *unused)
{
	struct rchan_buf *buf;
	unsigned int i;
	int cpu;

	mutex_lock(&lock);
	for_each_possible_cpu(cpu) {
		buf = closing ? NULL : *per_cpu_ptr(chan->buf, cpu);
		if (!buf)
			continue;
		seq_printf(m, "%d %zu %zu", cpu, READ_ONCE(buf->subbufs_produced),
			   READ_ONCE(buf->subbufs_consumed));
		smp_rmb(); /* a sub-buffer's padding is set before it is counted */
		for (i = 0; i < chan->n_subbufs; i++)
			seq_printf(m, " %zu", READ_ONCE(buf->padding[i]));
		seq_putc(m, '\n');
	}
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(subbufs);

static void produce_batch(void *n)
{
	produce(*(unsigned int *)n);
}

/* Both files of "CPU N": only that of consumed has data. */
static ssize_t pair_write(struct file *file, const char __user *ubuf,
			  size_t count, loff_t *ppos)
{
	bool consume = file_inode(file)->i_private;
	unsigned int cpu, n, some;
	char text[32] = "";
	int err = 0;

	if (count >= sizeof(text) || copy_from_user(text, ubuf, count))
		return -EINVAL;
	if (sscanf(text, "%u %u", &cpu, &n) != 2 || cpu >= nr_cpu_ids)
		return -EINVAL;
	mutex_lock(&lock);
	if (closing)
		err = -ENODEV;
	else if (consume && cpu_possible(cpu) && *per_cpu_ptr(chan->buf, cpu))
		relay_subbufs_consumed(chan, cpu, n);
	else if (consume)
		err = -ENXIO;
	else
		for (; n && !err; n -= some) {
			some = min_t(unsigned int, n, BATCH);
			err = smp_call_function_single(cpu, produce_batch, &some, 1);
		}
	mutex_unlock(&lock);
	return err ? err : count;
}

static const struct file_operations pair_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = pair_write,
};

/* 6.17 dropped an argument that nobody looked at. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
static int subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf,
			size_t prev_padding)
#else
static int subbuf_start(struct rchan_buf *buf, void *subbuf, void *prev_subbuf)
#endif
{
	return 1; /* the room was looked for before */
}

static struct dentry *create_buf_file(const char *filename, struct dentry *parent,
				      umode_t mode, struct rchan_buf *buf,
				      int *is_global)
{
	struct dentry *file;

	if (unsafe)
		file = debugfs_create_file_unsafe(filename, mode, parent, buf,
						  &relay_file_operations);
	else
		file = debugfs_create_file(filename, mode, parent, buf,
					   &relay_file_operations);
	return IS_ERR(file) ? NULL : file; /* relay knows no other failure */
}

static int remove_buf_file(struct dentry *dentry)
{
	debugfs_remove(dentry);
	return 0;
}

static const struct rchan_callbacks callbacks = {
	.subbuf_start = subbuf_start,
	.create_buf_file = create_buf_file,
	.remove_buf_file = remove_buf_file,
};

static int __init relay_ex_init(void)
{
	if (payload > PAYLOAD_MAX || subbuf_size < HEAD + payload)
		return -EINVAL;
	dir = debugfs_create_dir("relay_ex", NULL);
	if (IS_ERR(dir))
		return PTR_ERR(dir);
	chan = relay_open("cpu", dir, subbuf_size, n_subbufs, &callbacks, NULL);
	if (!chan) {
		debugfs_remove(dir);
		return -ENOMEM;
	}
	/* These are guarded too: the macros of their operations do it. */
	debugfs_create_file_unsafe("start", 0200, dir, NULL, &start_fops);
	debugfs_create_file_unsafe("stop", 0200, dir, NULL, &stop_fops);
	debugfs_create_file_unsafe("dropped", 0444, dir, NULL, &dropped_fops);
	debugfs_create_file("produced", 0444, dir, NULL, &produced_fops);
	debugfs_create_file("subbufs", 0444, dir, NULL, &subbufs_fops);
	debugfs_create_file("produce", 0200, dir, NULL, &pair_fops);
	debugfs_create_file("consumed", 0200, dir, &chan, &pair_fops);
	return 0;
}
module_init(relay_ex_init);

static void __exit relay_ex_exit(void)
{
	mutex_lock(&lock);
	closing = true; /* and nobody begins anything any more */
	stop_threads();
	mutex_unlock(&lock);
	relay_close(chan); /* waits for who is in a guarded file, and removes it */
	debugfs_remove(dir);
}
module_exit(relay_ex_exit);

MODULE_DESCRIPTION("Numbered records in a relay channel");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
