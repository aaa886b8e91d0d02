// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs_bus - a bus of its own, with devices that come and go, and a driver
 *
 * What appears:
 *   /sys/bus/my_bus/version          0444: of the module
 *   /sys/bus/my_bus/add remove       0200: takes myN, N from 0 to 999; EEXIST,
 *                                    ENODEV when it is there, is not there
 *   /sys/bus/my_bus/devices/myN      one for each N below the parameter devices
 *     value                          an int (0644), kept while the device lives
 *     errno                          0644: 0, or what reading it fails with
 *   /sys/bus/my_bus/drivers/my_driver
 *     probes                         0444: how often it was bound to a device
 *   /sys/devices/my_bus/myN          where the devices really are
 * and for each event of a device a uevent with SUBSYSTEM=my_bus, MY_NAME=myN.
 *
 * Try it:
 *   insmod sysfs_bus.ko devices=2; dmesg | tail -4
 *   cd /sys/bus/my_bus
 *   echo my1 > drivers/my_driver/unbind; echo my1 > drivers/my_driver/bind
 *   echo my7 > add; echo 45 > devices/my7/value; echo my7 > remove
 *   cat devices/my0/uevent
 *
 * A match, a probe and a remove are logged. An open file holds neither its
 * device nor the module; when they are gone its reads are ENODEV.
 */
#include <linux/atomic.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/version.h>

#define DEVICES_MAX 1000
#define VERSION "1.0"

/* What a callback may not change became const, one after the other. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define uevent_const
#else
#define uevent_const const
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define bus_const
#else
#define bus_const const
#endif
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define match_const
#else
#define match_const const
#endif

static unsigned int devices = 3;
module_param(devices, uint, 0444);
MODULE_PARM_DESC(devices, "How many devices there are at first, at most 1000");

struct my_device {
	struct device dev;
	struct list_head list;
	unsigned int id;
	int value;
	unsigned int error;
};

/*
 * Held while a device is added or removed, so nothing that the driver core
 * waits for meanwhile may take it: no probe, no file of a device.
 */
static DEFINE_MUTEX(lock);
static LIST_HEAD(list);
static bool closed;
static struct device *root;
static atomic_t probes;

static int my_match(struct device *dev, match_const struct device_driver *drv)
{
	pr_info("#: match for device: %s, driver: %s\n", dev_name(dev), drv->name);
	return 1;
}

static int my_uevent(uevent_const struct device *dev, struct kobj_uevent_env *env)
{
	return add_uevent_var(env, "MY_NAME=%s", dev_name(dev));
}

static int my_probe(struct device *dev)
{
	atomic_inc(&probes);
	pr_info("#: probe for device: %s\n", dev_name(dev));
	return 0;
}

static int my_remove(struct device *dev)
{
	pr_info("#: remove for device: %s\n", dev_name(dev));
	return 0;
}

static ssize_t value_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct my_device *my = container_of(dev, struct my_device, dev);

	return sysfs_emit(buf, "%d\n", READ_ONCE(my->value));
}

static ssize_t value_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct my_device *my = container_of(dev, struct my_device, dev);
	int value, err;

	err = kstrtoint(buf, 10, &value);
	if (err)
		return err;
	WRITE_ONCE(my->value, value);
	return count;
}
static DEVICE_ATTR_RW(value);

/* The attribute that every machine has somewhere, and that a scan survives. */
static ssize_t errno_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct my_device *my = container_of(dev, struct my_device, dev);
	int error = READ_ONCE(my->error);

	return error ? -error : sysfs_emit(buf, "0\n");
}

static ssize_t errno_store(struct device *dev, struct device_attribute *attr,
			   const char *buf, size_t count)
{
	struct my_device *my = container_of(dev, struct my_device, dev);
	unsigned int error;
	int err;

	err = kstrtouint(buf, 0, &error);
	if (err)
		return err;
	if (error > EHWPOISON) /* the last that user space knows */
		return -EINVAL;
	WRITE_ONCE(my->error, error);
	return count;
}
static DEVICE_ATTR_RW(errno);

static struct attribute *my_dev_attrs[] = {
	&dev_attr_value.attr, &dev_attr_errno.attr, NULL
};
ATTRIBUTE_GROUPS(my_dev);

static ssize_t probes_show(struct device_driver *drv, char *buf)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&probes));
}
static DRIVER_ATTR_RO(probes);

static struct attribute *my_drv_attrs[] = { &driver_attr_probes.attr, NULL };
ATTRIBUTE_GROUPS(my_drv);

static ssize_t version_show(bus_const struct bus_type *bus, char *buf)
{
	return sysfs_emit(buf, "%s\n", VERSION);
}
static BUS_ATTR_RO(version);

static int add_device(unsigned int id);
static int remove_device(unsigned int id);

/* myN, with or without a newline; my07 is nobody. */
static int parse_name(const char *buf, unsigned int *id)
{
	char name[8];

	if (sscanf(buf, "my%3u", id) != 1)
		return -EINVAL;
	snprintf(name, sizeof(name), "my%u", *id);
	return sysfs_streq(buf, name) ? 0 : -EINVAL;
}

static ssize_t add_store(bus_const struct bus_type *bus, const char *buf,
			 size_t count)
{
	unsigned int id;
	int err = parse_name(buf, &id);

	if (!err)
		err = add_device(id);
	return err ? err : count;
}
static BUS_ATTR_WO(add);

static ssize_t remove_store(bus_const struct bus_type *bus, const char *buf,
			    size_t count)
{
	unsigned int id;
	int err = parse_name(buf, &id);

	if (!err)
		err = remove_device(id);
	return err ? err : count;
}
static BUS_ATTR_WO(remove);

static struct attribute *my_bus_attrs[] = {
	&bus_attr_version.attr, &bus_attr_add.attr, &bus_attr_remove.attr, NULL
};
ATTRIBUTE_GROUPS(my_bus);

static struct bus_type my_bus = {
	.name = "my_bus",
	.match = my_match,
	.uevent = my_uevent,
	.bus_groups = my_bus_groups,
	.dev_groups = my_dev_groups,
	.drv_groups = my_drv_groups,
};

static struct device_driver my_driver = {
	.name = "my_driver",
	.bus = &my_bus,
	.owner = THIS_MODULE,
	/* No probe may be left for later, when the module is gone. */
	.probe_type = PROBE_FORCE_SYNCHRONOUS,
	.probe = my_probe,
	.remove = my_remove,
};

static void my_release(struct device *dev)
{
	kfree(container_of(dev, struct my_device, dev));
}

static struct my_device *find_device(unsigned int id)
{
	struct my_device *my;

	list_for_each_entry(my, &list, list)
		if (my->id == id)
			return my;
	return NULL;
}

static int add_locked(unsigned int id)
{
	struct my_device *my;
	int err;

	if (closed)
		return -ESHUTDOWN;
	if (find_device(id))
		return -EEXIST;
	my = kzalloc(sizeof(*my), GFP_KERNEL);
	if (!my)
		return -ENOMEM;

	my->id = id;
	my->dev.bus = &my_bus;
	my->dev.parent = root;
	my->dev.release = my_release;
	device_initialize(&my->dev);
	err = dev_set_name(&my->dev, "my%u", id);
	if (!err)
		err = device_add(&my->dev);
	if (err) {
		put_device(&my->dev);
		return err;
	}
	list_add_tail(&my->list, &list);
	return 0;
}

static int add_device(unsigned int id)
{
	int err;

	mutex_lock(&lock);
	err = add_locked(id);
	mutex_unlock(&lock);
	return err;
}

/* Waits for what is under way in the files of the device. */
static void remove_locked(struct my_device *my)
{
	list_del(&my->list);
	device_unregister(&my->dev);
}

static int remove_device(unsigned int id)
{
	struct my_device *my;

	mutex_lock(&lock);
	my = find_device(id);
	if (my)
		remove_locked(my);
	mutex_unlock(&lock);
	return my ? 0 : -ENODEV;
}

static void remove_devices(void)
{
	struct my_device *my, *next;

	mutex_lock(&lock);
	closed = true; /* add is still there */
	list_for_each_entry_safe(my, next, &list, list)
		remove_locked(my);
	mutex_unlock(&lock);
}

static int __init sysfs_bus_init(void)
{
	unsigned int i;
	int err;

	if (devices > DEVICES_MAX)
		return -EINVAL;
	root = root_device_register("my_bus");
	if (IS_ERR(root))
		return PTR_ERR(root);
	err = bus_register(&my_bus);
	if (err)
		goto no_bus;
	err = driver_register(&my_driver);
	if (err)
		goto no_driver;
	for (i = 0; !err && i < devices; i++) {
		err = add_device(i);
		if (err == -EEXIST)
			err = 0; /* somebody was faster */
	}
	if (!err)
		return 0;

	remove_devices();
	driver_unregister(&my_driver);
no_driver:
	remove_devices();
	bus_unregister(&my_bus);
no_bus:
	root_device_unregister(root);
	return err;
}
module_init(sysfs_bus_init);

static void __exit sysfs_bus_exit(void)
{
	remove_devices();
	driver_unregister(&my_driver);
	bus_unregister(&my_bus);
	root_device_unregister(root);
}
module_exit(sysfs_bus_exit);

MODULE_DESCRIPTION("A bus of its own, with devices and a driver");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION(VERSION);
MODULE_LICENSE("GPL");
