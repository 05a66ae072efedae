/* SPDX-License-Identifier: MIT */
#include "shim/base/log.h"

#include "shim/base/path.h"
#include "shim/base/sys.h"
#include "shim/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#define RING_BYTES 8192
#define LINE_BYTES 512
#define LINES_PER_S 50
#define PATH_BYTES 4096

static MG_SYS_TOGETHER struct {
	struct mg_lock lock; /* guards len, ring and the rate window; no system call under it */
	enum mg_log_level level;
	const char *path;
	_Atomic size_t len;
	uint64_t window_ns;
	unsigned lines;
	unsigned suppressed;
	_Atomic uint64_t lost;
} state = { .path = "stderr", .level = MG_LOG_WARN };

static MG_SYS_APART char ring[RING_BYTES];
static MG_SYS_APART char resolved[PATH_BYTES];

static bool
is_off(void)
{
	return strcmp(state.path, "off") == 0;
}

static bool
is_file(void)
{
	return !is_off() && strcmp(state.path, "stderr") != 0;
}

void
mg_log_configure(const char *path, enum mg_log_level level)
{
	state.path = path;
	state.level = level;
	if (!is_file() || !mg_path_is_relative(path) || strlen(path) >= sizeof resolved)
		return;
	memcpy(resolved, path, strlen(path) + 1);
	mg_path_resolve(resolved, sizeof resolved);
	state.path = resolved;
}

static void
append(const char *line, size_t n)
{
	size_t len = atomic_load_explicit(&state.len, memory_order_relaxed);

	if (n > RING_BYTES - len) {
		atomic_fetch_add_explicit(&state.lost, 1, memory_order_relaxed);
		return;
	}
	memcpy(ring + len, line, n);
	atomic_store_explicit(&state.len, len + n, memory_order_relaxed);
}

static void
print_line(struct mg_text *t, const char *fmt, va_list ap)
{
	mg_text_add(t, "memgov[%d]: ", mg_sys_pid());
	mg_text_vadd(t, fmt, ap);
	if (t->len + 2 > t->cap)
		t->len = t->cap - 2;
	mg_text_add(t, "\n");
}

/* True when the line may be written; counts what the rate limit swallowed into `skipped`. */
static bool
pass_rate_limit(uint64_t now_ns, unsigned *skipped)
{
	*skipped = 0;
	if (now_ns - state.window_ns >= MG_NS_PER_S) {
		*skipped = state.suppressed;
		state.window_ns = now_ns;
		state.lines = 0;
		state.suppressed = 0;
	}
	if (state.lines == LINES_PER_S) {
		state.suppressed++;
		return false;
	}
	state.lines++;
	return true;
}

void
mg_log(enum mg_log_level level, const char *fmt, ...)
{
	char buf[LINE_BYTES], note[LINE_BYTES];
	struct mg_text line, extra;
	unsigned skipped;
	va_list ap;

	if (level > state.level || is_off())
		return;
	mg_text_init(&line, buf, sizeof buf);
	va_start(ap, fmt);
	print_line(&line, fmt, ap);
	va_end(ap);

	mg_sys_lock(&state.lock);
	if (pass_rate_limit(mg_sys_now_ns(), &skipped)) {
		if (skipped > 0) {
			mg_text_init(&extra, note, sizeof note);
			mg_text_add(
			    &extra, "memgov[%d]: %u lines suppressed\n", mg_sys_pid(), skipped);
			append(note, extra.len);
		}
		append(buf, line.len);
	}
	mg_sys_unlock(&state.lock);
}

bool
mg_log_is_pending(void)
{
	return atomic_load_explicit(&state.len, memory_order_relaxed) != 0;
}

static void
write_all(int fd, const char *buf, size_t n)
{
	while (n > 0) {
		ssize_t w = mg_sys_write_quietly(fd, buf, n);

		if (w <= 0)
			return;
		buf += w;
		n -= (size_t)w;
	}
}

/* Moves whole lines, at most `cap` bytes, out of the ring. Small, because this runs on program
 * stacks. */
static size_t
take_lines(char *out, size_t cap)
{
	size_t len, n;

	mg_sys_lock(&state.lock);
	len = atomic_load_explicit(&state.len, memory_order_relaxed);
	n = len < cap ? len : cap;
	while (n > 0 && ring[n - 1] != '\n')
		n--;
	memcpy(out, ring, n);
	memmove(ring, ring + n, len - n);
	atomic_store_explicit(&state.len, len - n, memory_order_relaxed);
	mg_sys_unlock(&state.lock);
	return n;
}

/*
 * Descriptor 2 need not be a place for messages: a program that closed it may have a database or a
 * client's connection there. It is one when it still is what it was at the start, a terminal, or a
 * file that is appended to.
 */
static MG_SYS_TOGETHER struct {
	bool is_noted;
	dev_t dev;
	ino_t ino;
} first_stderr;

void
mg_log_note_stderr(void)
{
	struct stat st = { 0 };

	first_stderr.is_noted = true;
	if (fstat(2, &st) == -1)
		return;
	first_stderr.dev = st.st_dev;
	first_stderr.ino = st.st_ino;
}

static bool
is_for_messages(int fd)
{
	struct stat st;

	if (!first_stderr.is_noted)
		return true;
	if (fstat(fd, &st) == -1)
		return false;
	if (st.st_dev == first_stderr.dev && st.st_ino == first_stderr.ino)
		return true;
	if (S_ISREG(st.st_mode))
		return (fcntl(fd, F_GETFL) & O_APPEND) != 0;
	return S_ISCHR(st.st_mode);
}

/* One write for at most a pipe's atomic size, and only when it will not wait: malloc must not hang
 * on a full pipe. */
static void
write_lines(int fd)
{
	char lines[2 * LINE_BYTES];
	size_t n;

	while (mg_sys_is_writable(fd) && (n = take_lines(lines, sizeof lines)) > 0)
		write_all(fd, lines, n);
}

static void
drop_lines(void)
{
	char lines[2 * LINE_BYTES];

	while (take_lines(lines, sizeof lines) > 0)
		;
}

/* Without waiting for a reader, should the file be a pipe with a name. */
static void
drain_to_file(const char *path)
{
	int fd = mg_sys_open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK, 0600);

	if (fd < 0)
		return;
	write_lines(fd);
	mg_sys_close(fd);
}

void
mg_log_drain(int stderr_fd)
{
	int saved = errno;

	if (is_off() || (!is_file() && stderr_fd >= 0 && !is_for_messages(stderr_fd)))
		drop_lines();
	else if (is_file())
		drain_to_file(state.path);
	else if (stderr_fd >= 0)
		write_lines(stderr_fd);
	errno = saved;
}

uint64_t
mg_log_lost(void)
{
	return atomic_load_explicit(&state.lost, memory_order_relaxed);
}

void
mg_log_last_words(int fd, const char *text, uint64_t len)
{
	if (fd >= 0 && is_for_messages(fd))
		write_all(fd, text, len);
}

void
mg_log_after_fork(void)
{
	mg_sys_reset_lock(&state.lock);
	if (mg_log_is_pending())
		atomic_store_explicit(&state.len, 0, memory_order_relaxed);
}
