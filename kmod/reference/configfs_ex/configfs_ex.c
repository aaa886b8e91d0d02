// SPDX-License-Identifier: GPL-2.0-only
/*
 * configfs_ex - items, groups and links of every kind that configfs has
 *
 * What appears: /sys/kernel/config/configfs_ex. mkdir NAME makes a node, which
 * is a group: mkdir NAME/NAME makes another in it. A name that begins with "-"
 * is EINVAL. A node has, 0644 unless said otherwise:
 *   text       whatever was written, at most 4095 bytes, to the byte
 *   number     an int; EBUSY to write while enable is 1, and so are
 *   picky      an int; EINVAL
 *   guarded    an int; EACCES
 *   enable     0 or 1
 *   udc        the name of a controller; EBUSY when there is one. An empty line
 *              takes it away
 *   pinned     1: the kernel depends on the node, and rmdir is EBUSY
 *   errno      the errno that trouble fails with; 0: none
 *   trouble    "fine", or that errno
 *   stubborn   an int that always refuses: EINVAL
 *   readonly   0444: how many links there are in the node
 *   writeonly  0200: takes all, keeps nothing
 *   blob       binary, at most 16384 bytes; 4 bytes at first. It is refused
 *              when it begins with "!", but the kernel tells nobody
 *   set0 ...   the parameter sets: default groups, 1. mkdir in one makes a leaf,
 *              which has a text and nothing below
 * ln -s /sys/kernel/config/configfs_ex/NODE NODE/LINK links nodes; to link to
 * anything else, or to the node itself, is EINVAL.
 *
 * Try it:
 *   insmod configfs_ex.ko
 *   cd /sys/kernel/config/configfs_ex; mkdir a a/b a/set0/leaf c
 *   echo 45 > a/number; echo 1 > a/enable; echo 46 > a/number
 *   ln -s $PWD/c a/to_c; rmdir c; rm a/to_c; rmdir c
 *   rmdir a/b a/set0/leaf a
 *
 * The parameter nodes (0444) is how many there are in memory. An item holds
 * the module, and so does an open file of one.
 */
#include <linux/atomic.h>
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>

#define TEXT_MAX 4095			/* what a store is given */
#define BLOB_MAX 16384
#define SETS_MAX 8

static unsigned int sets = 1;
module_param(sets, uint, 0444);
MODULE_PARM_DESC(sets, "How many default groups a node has, at most 8");

static atomic_t nodes;
static int nodes_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&nodes));
}
static const struct kernel_param_ops nodes_ops = { .get = nodes_get };
module_param_cb(nodes, &nodes_ops, NULL, 0444);
MODULE_PARM_DESC(nodes, "How many nodes and leaves there are in memory");

struct node {
	struct config_group group;	/* a leaf is no group, and uses its item */
	struct config_group set[SETS_MAX];
	struct mutex lock;		/* of all below */
	size_t text_len, blob_len;
	u8 *blob;
	int number, picky, guarded, error, links;
	bool enable, pinned;
	char udc[64];
	char text[TEXT_MAX];
};

static struct configfs_subsystem subsystem;

static struct node *to_node(struct config_item *item)
{
	return container_of(to_config_group(item), struct node, group);
}

static ssize_t ex_text_show(struct config_item *item, char *page)
{
	struct node *n = to_node(item);
	ssize_t len;

	mutex_lock(&n->lock);
	len = n->text_len;
	memcpy(page, n->text, len);
	mutex_unlock(&n->lock);
	return len;
}

static ssize_t ex_text_store(struct config_item *item, const char *page,
			     size_t count)
{
	struct node *n = to_node(item);

	if (count > TEXT_MAX)
		return -EFBIG;
	mutex_lock(&n->lock);
	memcpy(n->text, page, count);
	n->text_len = count;
	mutex_unlock(&n->lock);
	return count;
}
CONFIGFS_ATTR(ex_, text);

/* An int that is refused with an errno of its own while the node is enabled. */
#define EX_INT(_name, _refusal)						\
static ssize_t ex_##_name##_show(struct config_item *item, char *page)	\
{									\
	return sprintf(page, "%d\n", READ_ONCE(to_node(item)->_name));	\
}									\
static ssize_t ex_##_name##_store(struct config_item *item,		\
				  const char *page, size_t count)	\
{									\
	struct node *n = to_node(item);					\
	int value, err = kstrtoint(page, 10, &value);			\
									\
	if (err)							\
		return err;						\
	mutex_lock(&n->lock);						\
	if (n->enable && _refusal)					\
		err = -(_refusal);					\
	else								\
		n->_name = value;					\
	mutex_unlock(&n->lock);						\
	return err ? err : count;					\
}									\
CONFIGFS_ATTR(ex_, _name)

EX_INT(number, EBUSY);
EX_INT(picky, EINVAL);
EX_INT(guarded, EACCES);

static ssize_t ex_errno_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_node(item)->error));
}

static ssize_t ex_errno_store(struct config_item *item, const char *page,
			      size_t count)
{
	int value, err = kstrtoint(page, 10, &value);

	if (err || value < 0 || value > 133)
		return -EINVAL;
	WRITE_ONCE(to_node(item)->error, value);
	return count;
}
CONFIGFS_ATTR(ex_, errno);

static ssize_t ex_trouble_show(struct config_item *item, char *page)
{
	int error = READ_ONCE(to_node(item)->error);

	return error ? -error : sprintf(page, "fine\n");
}

static ssize_t ex_trouble_store(struct config_item *item, const char *page,
				size_t count)
{
	int error = READ_ONCE(to_node(item)->error);

	return error ? -error : count;
}
CONFIGFS_ATTR(ex_, trouble);

static ssize_t ex_enable_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_node(item)->enable));
}

static ssize_t ex_enable_store(struct config_item *item, const char *page,
			       size_t count)
{
	struct node *n = to_node(item);
	bool on;
	int err = kstrtobool(page, &on);

	if (err)
		return err;
	mutex_lock(&n->lock);
	n->enable = on;
	mutex_unlock(&n->lock);
	return count;
}
CONFIGFS_ATTR(ex_, enable);

static ssize_t ex_udc_show(struct config_item *item, char *page)
{
	struct node *n = to_node(item);
	ssize_t len;

	mutex_lock(&n->lock);
	len = sprintf(page, "%s\n", n->udc);
	mutex_unlock(&n->lock);
	return len;
}

static ssize_t ex_udc_store(struct config_item *item, const char *page,
			    size_t count)
{
	struct node *n = to_node(item);
	size_t len = strcspn(page, "\n");
	int err = 0;

	if (len >= sizeof(n->udc))
		return -EINVAL;
	mutex_lock(&n->lock);
	if (len && n->udc[0])
		err = -EBUSY;
	else
		strscpy(n->udc, page, len + 1);
	mutex_unlock(&n->lock);
	return err ? err : count;
}
CONFIGFS_ATTR(ex_, udc);

static ssize_t ex_pinned_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_node(item)->pinned));
}

static ssize_t ex_pinned_store(struct config_item *item, const char *page,
			       size_t count)
{
	struct node *n = to_node(item);
	bool on;
	int err = kstrtobool(page, &on);

	if (err)
		return err;
	mutex_lock(&n->lock);
	if (on && !n->pinned)
		err = configfs_depend_item_unlocked(&subsystem, item);
	else if (!on && n->pinned)
		configfs_undepend_item(item);
	if (!err)
		n->pinned = on;
	mutex_unlock(&n->lock);
	return err ? err : count;
}
CONFIGFS_ATTR(ex_, pinned);

static ssize_t ex_stubborn_show(struct config_item *item, char *page)
{
	return sprintf(page, "7\n");
}

static ssize_t ex_stubborn_store(struct config_item *item, const char *page,
				 size_t count)
{
	return -EINVAL;
}
CONFIGFS_ATTR(ex_, stubborn);

static ssize_t ex_readonly_show(struct config_item *item, char *page)
{
	return sprintf(page, "%d\n", READ_ONCE(to_node(item)->links));
}
CONFIGFS_ATTR_RO(ex_, readonly);

static ssize_t ex_writeonly_store(struct config_item *item, const char *page,
				  size_t count)
{
	return count;
}
CONFIGFS_ATTR_WO(ex_, writeonly);

/* configfs asks for the length first, without a buffer. */
static ssize_t ex_blob_read(struct config_item *item, void *buf, size_t size)
{
	struct node *n = to_node(item);
	ssize_t len;

	mutex_lock(&n->lock);
	len = n->blob_len;
	if (buf) {
		len = min_t(size_t, len, size);
		memcpy(buf, n->blob, len);
	}
	mutex_unlock(&n->lock);
	return len;
}

static ssize_t ex_blob_write(struct config_item *item, const void *buf, size_t size)
{
	struct node *n = to_node(item);
	u8 *blob;

	if (!size || *(const u8 *)buf == '!')
		return -EINVAL;
	blob = kmemdup(buf, size, GFP_KERNEL);
	if (!blob)
		return -ENOMEM;
	mutex_lock(&n->lock);
	kfree(n->blob);
	n->blob = blob;
	n->blob_len = size;
	mutex_unlock(&n->lock);
	return size;
}
CONFIGFS_BIN_ATTR(ex_, blob, NULL, BLOB_MAX);

static struct configfs_attribute *leaf_attrs[] = { &ex_attr_text, NULL };
static struct configfs_attribute *node_attrs[] = {
	&ex_attr_text, &ex_attr_number, &ex_attr_picky, &ex_attr_guarded,
	&ex_attr_enable, &ex_attr_udc, &ex_attr_pinned, &ex_attr_errno,
	&ex_attr_trouble, &ex_attr_stubborn, &ex_attr_readonly,
	&ex_attr_writeonly, NULL
};
static struct configfs_bin_attribute *node_bin_attrs[] = { &ex_attr_blob, NULL };

static void node_release(struct config_item *item)
{
	struct node *n = to_node(item);

	kfree(n->blob);
	kfree(n);
	atomic_dec(&nodes);
}

static const struct config_item_type node_type;

static int node_allow_link(struct config_item *from, struct config_item *to)
{
	struct node *n = to_node(from);

	if (to->ci_type != &node_type || to == from)
		return -EINVAL;
	mutex_lock(&n->lock);
	n->links++;
	mutex_unlock(&n->lock);
	return 0;
}

static void node_drop_link(struct config_item *from, struct config_item *to)
{
	struct node *n = to_node(from);

	mutex_lock(&n->lock);
	n->links--;
	mutex_unlock(&n->lock);
}

static struct configfs_item_operations leaf_ops = { .release = node_release };
static struct configfs_item_operations node_ops = {
	.release = node_release,
	.allow_link = node_allow_link,
	.drop_link = node_drop_link,
};

static const struct config_item_type leaf_type = {
	.ct_item_ops = &leaf_ops,
	.ct_attrs = leaf_attrs,
	.ct_owner = THIS_MODULE,
};

static struct node *new_node(const char *name)
{
	struct node *n;

	if (name[0] == '-')
		return ERR_PTR(-EINVAL);
	n = kzalloc(sizeof(*n), GFP_KERNEL);
	if (!n)
		return ERR_PTR(-ENOMEM);
	mutex_init(&n->lock);
	n->blob_len = 4;
	n->blob = kmemdup("blob", n->blob_len, GFP_KERNEL);
	if (!n->blob) {
		kfree(n);
		return ERR_PTR(-ENOMEM);
	}
	atomic_inc(&nodes);
	return n;
}

static struct config_item *set_make(struct config_group *group, const char *name)
{
	struct node *n = new_node(name);

	if (IS_ERR(n))
		return ERR_CAST(n);
	config_item_init_type_name(&n->group.cg_item, name, &leaf_type);
	return &n->group.cg_item;
}

static struct configfs_group_operations set_ops = { .make_item = set_make };

static const struct config_item_type set_type = {
	.ct_group_ops = &set_ops,
	.ct_owner = THIS_MODULE,
};

static struct config_group *node_make(struct config_group *group, const char *name)
{
	struct node *n = new_node(name);
	char set[8];
	int i;

	if (IS_ERR(n))
		return ERR_CAST(n);
	config_group_init_type_name(&n->group, name, &node_type);
	for (i = 0; i < sets; i++) {
		snprintf(set, sizeof(set), "set%d", i);
		config_group_init_type_name(&n->set[i], set, &set_type);
		configfs_add_default_group(&n->set[i], &n->group);
	}
	return &n->group;
}

static struct configfs_group_operations group_ops = { .make_group = node_make };

static const struct config_item_type node_type = {
	.ct_item_ops = &node_ops,
	.ct_group_ops = &group_ops,
	.ct_attrs = node_attrs,
	.ct_bin_attrs = node_bin_attrs,
	.ct_owner = THIS_MODULE,
};

static const struct config_item_type subsystem_type = {
	.ct_group_ops = &group_ops,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem subsystem = {
	.su_group.cg_item = {
		.ci_namebuf = "configfs_ex",
		.ci_type = &subsystem_type,
	},
};

static int __init configfs_ex_init(void)
{
	if (sets > SETS_MAX)
		return -EINVAL;
	config_group_init(&subsystem.su_group);
	mutex_init(&subsystem.su_mutex);
	return configfs_register_subsystem(&subsystem);
}
module_init(configfs_ex_init);

static void __exit configfs_ex_exit(void)
{
	configfs_unregister_subsystem(&subsystem);
}
module_exit(configfs_ex_exit);

MODULE_DESCRIPTION("Items, groups and links of every kind that configfs has");
MODULE_AUTHOR("The kernlink authors");
MODULE_VERSION("1.0");
MODULE_LICENSE("GPL");
