// SPDX-License-Identifier: GPL-2.0-only
/*
 * gpio_pwm - pulse width modulation on a pin: made in configfs, run in sysfs
 *
 * What appears: /sys/kernel/config/gpio_pwm. mkdir N there, N from 0 to 1023,
 * is the pin N, and /sys/class/pwm/gpio_pwm:N comes with it:
 *   export     1 takes the pin; EBUSY when it is taken
 *   unexport   1 (0200) stops it and gives it back
 *   period_ns  from 100000 to 10 s, and not below duty_ns
 *   duty_ns    how much of it the pin is high
 *   run        1 or 0
 *   level      0444: of the pin, now
 *   edges      0444: how often the level changed since run became 1
 * Before export, writing is ENXIO. rmdir N takes the device away, running or
 * not. No pin is touched: a timer keeps a level that nobody sees but here.
 *
 * Where the kernel has PWM itself (CONFIG_PWM), the class pwm is its own: give
 * another one with the parameter class.
 *
 * Try it:
 *   insmod gpio_pwm.ko
 *   mkdir /sys/kernel/config/gpio_pwm/123; cd /sys/class/pwm/gpio_pwm:123
 *   echo 1 > export; echo 10000000 > period_ns; echo 5000000 > duty_ns
 *   echo 1 > run; sleep 1; cat edges              about 200
 *   echo 0 > run; echo 1 > unexport; rmdir /sys/kernel/config/gpio_pwm/123
 *
 * An item holds the module; an open file of the device does not.
 */
#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kdev_t.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include <linux/version.h>

#define PINS 1024
#define PERIOD_MIN (100 * NSEC_PER_USEC)	/* what a timer can keep up with */
#define PERIOD_MAX (10ULL * NSEC_PER_SEC)

static char *class = "pwm";
module_param(class, charp, 0444);
MODULE_PARM_DESC(class, "Name of the class of the devices");

struct pwm {
	struct config_item item;
	struct device *dev;
	struct mutex lock;	/* of what the files change */
	bool exported, run;
	u64 period, duty;	/* ns */

	struct hrtimer timer;
	spinlock_t pin;		/* of what the timer changes */
	bool level;
	u64 high, low;		/* ns, of the run */
	unsigned long edges;
};

static struct class *pwm_class;

static enum hrtimer_restart pwm_tick(struct hrtimer *timer)
{
	struct pwm *p = container_of(timer, struct pwm, timer);
	unsigned long flags;

	spin_lock_irqsave(&p->pin, flags);
	p->level = !p->level;
	p->edges++;
	/* From when it was due and not from now: late ticks do not add up. */
	hrtimer_add_expires_ns(timer, p->level ? p->high : p->low);
	spin_unlock_irqrestore(&p->pin, flags);
	return HRTIMER_RESTART;
}

/* lock is held. */
static void pwm_stop(struct pwm *p)
{
	hrtimer_cancel(&p->timer);
	p->run = p->level = false;
}

/* lock is held. */
static void pwm_start(struct pwm *p, bool fresh)
{
	pwm_stop(p);
	p->run = true;
	p->high = p->duty;
	p->low = p->period - p->duty;
	if (fresh)
		p->edges = 0;
	p->level = p->duty > 0;
	p->edges += p->level;
	if (p->high && p->low)	/* else the level stays */
		hrtimer_start(&p->timer, ns_to_ktime(p->high), HRTIMER_MODE_REL);
}

/* A file that can be shown or stored, under the lock of its pin. */
#define PWM_SHOW(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct pwm *p = dev_get_drvdata(dev);				\
	ssize_t n;							\
									\
	mutex_lock(&p->lock);						\
	n = sysfs_emit(buf, _format "\n", _value);			\
	mutex_unlock(&p->lock);						\
	return n;							\
}

#define PWM_STORE(_name)						\
static ssize_t _name##_store(struct device *dev,			\
			     struct device_attribute *attr,		\
			     const char *buf, size_t count)		\
{									\
	struct pwm *p = dev_get_drvdata(dev);				\
	u64 value;							\
	int err = kstrtou64(buf, 10, &value);				\
									\
	if (err)							\
		return err;						\
	mutex_lock(&p->lock);						\
	err = set_##_name(p, value);					\
	mutex_unlock(&p->lock);						\
	return err ? err : count;					\
}

static int set_export(struct pwm *p, u64 value)
{
	if (value != 1)
		return -EINVAL;
	if (p->exported)
		return -EBUSY;
	p->exported = true;
	return 0;
}
PWM_SHOW(export, "%d", p->exported)
PWM_STORE(export)
static DEVICE_ATTR_RW(export);

static int set_unexport(struct pwm *p, u64 value)
{
	if (value != 1)
		return -EINVAL;
	if (!p->exported)
		return -ENXIO;
	pwm_stop(p);
	p->exported = false;
	p->period = p->duty = 0;
	return 0;
}
PWM_STORE(unexport)
static DEVICE_ATTR_WO(unexport);

static int set_period_ns(struct pwm *p, u64 value)
{
	if (!p->exported)
		return -ENXIO;
	if (value < PERIOD_MIN || value > PERIOD_MAX || value < p->duty)
		return -EINVAL;
	p->period = value;
	if (p->run)
		pwm_start(p, false);
	return 0;
}
PWM_SHOW(period_ns, "%llu", p->period)
PWM_STORE(period_ns)
static DEVICE_ATTR_RW(period_ns);

static int set_duty_ns(struct pwm *p, u64 value)
{
	if (!p->exported)
		return -ENXIO;
	if (value > p->period)
		return -EINVAL;
	p->duty = value;
	if (p->run)
		pwm_start(p, false);
	return 0;
}
PWM_SHOW(duty_ns, "%llu", p->duty)
PWM_STORE(duty_ns)
static DEVICE_ATTR_RW(duty_ns);

static int set_run(struct pwm *p, u64 value)
{
	if (!p->exported)
		return -ENXIO;
	if (value > 1 || !p->period)
		return -EINVAL;
	if (!value)
		pwm_stop(p);
	else if (!p->run)
		pwm_start(p, true);
	return 0;
}
PWM_SHOW(run, "%d", p->run)
PWM_STORE(run)
static DEVICE_ATTR_RW(run);

PWM_SHOW(level, "%d", READ_ONCE(p->level))
static DEVICE_ATTR_RO(level);

PWM_SHOW(edges, "%lu", READ_ONCE(p->edges))
static DEVICE_ATTR_RO(edges);

static struct attribute *pwm_attrs[] = {
	&dev_attr_export.attr, &dev_attr_unexport.attr, &dev_attr_period_ns.attr,
	&dev_attr_duty_ns.attr, &dev_attr_run.attr, &dev_attr_level.attr,
	&dev_attr_edges.attr, NULL
};
ATTRIBUTE_GROUPS(pwm);

static struct pwm *to_pwm(struct config_item *item)
{
	return container_of(item, struct pwm, item);
}

static void pwm_release(struct config_item *item)
{
	kfree(to_pwm(item));
}

static struct configfs_item_operations pwm_ops = { .release = pwm_release };

static const struct config_item_type pwm_type = {
	.ct_item_ops = &pwm_ops,
	.ct_owner = THIS_MODULE,
};

static struct config_item *pwm_make(struct config_group *group, const char *name)
{
	struct pwm *p;
	u16 pin;

	/* One name a pin: "7" and not "007". */
	if (kstrtou16(name, 10, &pin) || pin >= PINS || name[0] == '+' ||
	    (name[0] == '0' && name[1]))
		return ERR_PTR(-EINVAL);
	p = kzalloc(sizeof(*p), GFP_KERNEL);
	if (!p)
		return ERR_PTR(-ENOMEM);
	mutex_init(&p->lock);
	spin_lock_init(&p->pin);
	/* hrtimer_init is gone since 6.15, and its successor came in 6.13. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	hrtimer_init(&p->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	p->timer.function = pwm_tick;
#else
	hrtimer_setup(&p->timer, pwm_tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
#endif
	p->dev = device_create_with_groups(pwm_class, NULL, MKDEV(0, 0), p,
					   pwm_groups, "gpio_pwm:%u", pin);
	if (IS_ERR(p->dev)) {
		int err = PTR_ERR(p->dev);

		kfree(p);
		return ERR_PTR(err);
	}
	config_item_init_type_name(&p->item, name, &pwm_type);
	return &p->item;
}

static void pwm_drop(struct config_group *group, struct config_item *item)
{
	struct pwm *p = to_pwm(item);

	device_unregister(p->dev); /* waits for the calls that are under way */
	hrtimer_cancel(&p->timer);
	config_item_put(item);
}

static struct configfs_group_operations pins_ops = {
	.make_item = pwm_make,
	.drop_item = pwm_drop,
};

static const struct config_item_type pins_type = {
	.ct_group_ops = &pins_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem pins = {
	.su_group.cg_item = { .ci_namebuf = "gpio_pwm", .ci_type = &pins_type },
};

static int __init gpio_pwm_init(void)
{
	int err;

	/* Since 6.4 a class has no owner. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
	pwm_class = class_create(THIS_MODULE, class);
#else
	pwm_class = class_create(class);
#endif
	if (IS_ERR(pwm_class))
		return PTR_ERR(pwm_class);
	config_group_init(&pins.su_group);
	mutex_init(&pins.su_mutex);
	err = configfs_register_subsystem(&pins);
	if (err)
		class_destroy(pwm_class);
	return err;
}
module_init(gpio_pwm_init);

static void __exit gpio_pwm_exit(void)
{
	configfs_unregister_subsystem(&pins);
	class_destroy(pwm_class);
}
module_exit(gpio_pwm_exit);

MODULE_DESCRIPTION("Pulse width modulation: made in configfs, run in sysfs");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
