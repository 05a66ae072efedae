/* SPDX-License-Identifier: MIT */
#include "shim/govern/report.h"

#include "shim/base/log.h"
#include "shim/base/path.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"
#include "shim/govern/descriptors.h"
#include "shim/govern/live.h"
#include "shim/govern/socket.h"
#include "shim/govern/survey.h"
#include "shim/observe/events.h"
#include "shim/observe/sites.h"
#include "shim/tables/emit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_BYTES (64 * 1024)
#define LAST_EVENTS 10
#define FIRST_SITES 10

/* What MEMGOV_REPORT meant at the start, and to whom. */
static MG_SYS_APART struct {
	int pid;
	char path[MG_CONFIG_PATH_BYTES];
} state;

void
mg_report_start(void)
{
	const struct mg_config *c = mg_live_config();

	if (c->report[0] == '\0')
		return;
	state.pid = mg_sys_pid();
	memcpy(state.path, c->report, sizeof state.path);
	mg_path_resolve(state.path, sizeof state.path);
}

static void
print_report(struct mg_text *t, const struct mg_snapshot *s)
{
	mg_text_add(t, "# memgov report: %s, pid %lu\n", s->command, s->pid);
	mg_emit_stats_text(t, s);
	mg_text_add(t, "# events: age_ms kind text\n");
	mg_events_print(t, mg_sys_now_ns(), 100);
	mg_sites_print(t, FIRST_SITES);
}

/* A process id for every "%p". A fork child without one adds its own, so that it leaves its
 * parent's report alone. */
static void
print_path(struct mg_text *t)
{
	bool has_pid = false;

	for (const char *p = state.path; *p != '\0'; p++) {
		if (p[0] != '%' || p[1] != 'p') {
			mg_text_add(t, "%c", *p);
			continue;
		}
		mg_text_add(t, "%d", mg_sys_pid());
		has_pid = true;
		p++;
	}
	if (!has_pid && state.pid != mg_sys_pid())
		mg_text_add(t, ".%d", mg_sys_pid());
}

static void
write_file(const struct mg_snapshot *s)
{
	char path[MG_CONFIG_PATH_BYTES + 64];
	char *buf = mg_sys_map(REPORT_BYTES);
	struct mg_text t;
	int fd;

	if (buf == NULL)
		return;
	mg_text_init(&t, path, sizeof path);
	print_path(&t);
	mg_text_init(&t, buf, REPORT_BYTES);
	print_report(&t, s);
	fd = mg_sys_open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOCTTY | O_NONBLOCK, 0600);
	if (fd < 0) {
		mg_log(MG_LOG_WARN, "MEMGOV_REPORT: cannot write %s (%s); no report", path,
		    mg_sys_error(-fd));
	} else {
		for (size_t done = 0; done < t.len;) {
			ssize_t n = mg_sys_write_quietly(fd, buf + done, t.len - done);

			if (n <= 0)
				break;
			done += (size_t)n;
		}
		mg_sys_close(fd);
	}
	mg_sys_unmap(buf, REPORT_BYTES);
}

void
mg_report_write(void)
{
	struct mg_snapshot s;

	if (mg_live_is_untouched() || state.path[0] == '\0')
		return;
	mg_survey_take(&s);
	write_file(&s);
}

void
mg_report_end(void)
{
	state.path[0] = '\0';
}

static void
add_row(struct mg_text *t, const char *label, uint64_t bytes)
{
	mg_text_add(t, "  %-22s ", label);
	mg_text_add_human(t, bytes);
	mg_text_add(t, "  (%lu bytes)\n", bytes);
}

static void
print_last_words(struct mg_text *t, const struct mg_snapshot *s, const char *what, size_t size)
{
	mg_text_add(t, "\n<--- Last few events (age in ms) --->\n\n");
	mg_events_print(t, mg_sys_now_ns(), LAST_EVENTS);
	mg_text_add(
	    t, "\n<--- Heap of %s [%lu] after %lu ms --->\n\n", s->command, s->pid, s->uptime_ms);
	if (size > 0)
		add_row(t, "request", size);
	add_row(t, "ceiling", s->heap_limit_bytes);
	add_row(t, "footprint", s->heap_footprint_bytes);
	add_row(t, "peak", s->heap_peak_bytes);
	add_row(t, "live", s->live_bytes);
	add_row(t, "RSS", s->rss_bytes);
	mg_text_add(t, "  %-22s %lu\n", "live blocks", s->live_blocks);
	mg_text_add(t, "  %-22s %lu\n", "compactions", s->compactions);
	mg_text_add(t, "  %-22s %lu\n", "refused before", s->refused_allocs);
	mg_text_add(t, "\nFATAL ERROR: %s Allocation failed - process out of memory\n", what);
}

/* A handler of the program's would find none of its descriptors in the governor's thread. */
static void
abort_in_program(void)
{
	mg_sys_tgkill(mg_sys_pid(), mg_sys_pid(), SIGABRT);
	mg_sys_sleep_ns(MG_NS_PER_S);
}

_Noreturn void
mg_report_abort(const char *what, size_t size)
{
	static MG_SYS_APART char
	    buf[8192]; /* the process ends here: one user, and no stack to spare */
	struct mg_snapshot s;
	struct mg_text t;
	int fd = mg_descriptors_borrow_stderr();

	mg_survey_take(&s);
	mg_text_init(&t, buf, sizeof buf);
	print_last_words(&t, &s, what, size);
	mg_log_drain(fd);
	mg_log_last_words(fd, buf, t.len);
	mg_report_write();
	mg_socket_remove();
	if (mg_descriptors_is_governor())
		abort_in_program();
	abort();
}
