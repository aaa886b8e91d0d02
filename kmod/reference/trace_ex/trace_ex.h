/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The event of trace_ex. The kernel's headers read this file several times,
 * each time with other meanings for the same words.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM trace_ex

#if !defined(TRACE_EX_H) || defined(TRACE_HEADER_MULTI_READ)
#define TRACE_EX_H

#include <linux/tracepoint.h>
#include <linux/version.h>

/* Since Linux 6.10 a string is only named: its source is with __string. */
#undef MY_ASSIGN_STR
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define MY_ASSIGN_STR(dst, src) __assign_str(dst)
#else
#define MY_ASSIGN_STR(dst, src) __assign_str(dst, src)
#endif

TRACE_EVENT(my_event,
	TP_PROTO(int count, const char *text),
	TP_ARGS(count, text),
	TP_STRUCT__entry(
		__field(int, count)
		__field(s16, minus)	/* count with its sign changed */
		__field(u8, first)	/* the text's first byte */
		__string(text, text)	/* as long as it is */
	),
	TP_fast_assign(
		__entry->count = count;
		__entry->minus = -count;
		__entry->first = text[0];
		MY_ASSIGN_STR(text, text);
	),
	TP_printk("count=%d minus=%d first=%u text=%s", __entry->count,
		  __entry->minus, __entry->first, __get_str(text))
);

#endif /* TRACE_EX_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace_ex
#include <trace/define_trace.h>
