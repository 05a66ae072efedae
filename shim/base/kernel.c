/* SPDX-License-Identifier: MIT */
#include "shim/base/kernel.h"

#include <string.h>

#define KIB 1024u
/* v1 writes its "no limit" as the largest multiple of a page; nothing real comes near. */
#define NO_LIMIT ((uint64_t)1 << 60)

static const char *
skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

static bool
read_number(const char **p, unsigned base, uint64_t *out)
{
	const char *s = *p;
	uint64_t v = 0;

	for (;; s++) {
		unsigned d = *s >= '0' && *s <= '9'   ? (unsigned)(*s - '0')
			     : *s >= 'a' && *s <= 'f' ? (unsigned)(*s - 'a') + 10
						      : 99;

		if (d >= base)
			break;
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, d, &v))
			return false;
	}
	if (s == *p)
		return false;
	*p = s;
	*out = v;
	return true;
}

/* What stands behind `name` and `mark` at the start of a line, or NULL. */
static const char *
line_with(const char *text, const char *name, char mark)
{
	size_t n = strlen(name);

	while (text != NULL && *text != '\0') {
		if (strncmp(text, name, n) == 0 && text[n] == mark)
			return text + n + 1;
		text = strchr(text, '\n');
		text = text != NULL ? text + 1 : NULL;
	}
	return NULL;
}

bool
mg_kernel_parse_statm(const char *text, uint64_t page_bytes, uint64_t *rss_bytes_out)
{
	uint64_t size, pages;

	if (!read_number(&text, 10, &size))
		return false;
	text = skip_blanks(text);
	return read_number(&text, 10, &pages) &&
	       !__builtin_mul_overflow(pages, page_bytes, rss_bytes_out);
}

bool
mg_kernel_parse_kb(const char *text, const char *name, uint64_t *bytes_out)
{
	const char *p = line_with(text, name, ':');
	uint64_t kib;

	if (p == NULL)
		return false;
	p = skip_blanks(p);
	return read_number(&p, 10, &kib) && !__builtin_mul_overflow(kib, KIB, bytes_out);
}

bool
mg_kernel_parse_meminfo(const char *text, struct mg_kernel_machine *out)
{
	*out = (struct mg_kernel_machine){ 0 };
	if (!mg_kernel_parse_kb(text, "MemTotal", &out->total_bytes) || out->total_bytes == 0)
		return false;
	if (!mg_kernel_parse_kb(text, "MemAvailable", &out->available_bytes))
		mg_kernel_parse_kb(text, "MemFree", &out->available_bytes);
	mg_kernel_parse_kb(text, "SwapTotal", &out->swap_total_bytes);
	mg_kernel_parse_kb(text, "SwapFree", &out->swap_free_bytes);
	return true;
}

bool
mg_kernel_parse_pressure(const char *text, uint64_t *some_avg10_pct_out)
{
	const char *p = line_with(text, "some avg10", '=');
	uint64_t whole;

	if (p == NULL || !read_number(&p, 10, &whole) || whole > 100)
		return false;
	for (p += *p == '.'; *p >= '0' && *p <= '9'; p++) {
		if (*p != '0' && whole < 100) {
			whole++;
			break;
		}
	}
	*some_avg10_pct_out = whole;
	return true;
}

bool
mg_kernel_parse_field(const char *text, const char *name, uint64_t *out)
{
	const char *p = line_with(text, name, ' ');

	if (p == NULL)
		return false;
	p = skip_blanks(p);
	return read_number(&p, 10, out);
}

bool
mg_kernel_parse_limit(const char *text, uint64_t *bytes_out)
{
	if (strncmp(text, "max", 3) == 0) {
		*bytes_out = UINT64_MAX;
		return true;
	}
	if (!read_number(&text, 10, bytes_out))
		return false;
	if (*bytes_out >= NO_LIMIT)
		*bytes_out = UINT64_MAX;
	return true;
}

/* "4:memory:/a/b" or "4:cpu,memory:/a/b": true when the list names the controller; NULL stands for
 * v2's empty list. */
static bool
names_controller(const char *list, size_t n, const char *controller)
{
	size_t len = controller != NULL ? strlen(controller) : 0;

	if (controller == NULL)
		return n == 0;
	for (size_t i = 0; i + len <= n; i++) {
		bool starts = i == 0 || list[i - 1] == ',';
		bool ends = i + len == n || list[i + len] == ',';

		if (starts && ends && strncmp(list + i, controller, len) == 0)
			return true;
	}
	return false;
}

bool
mg_kernel_parse_cgroup(const char *text, const char *controller, char *path_out, size_t cap)
{
	while (text != NULL && *text != '\0') {
		const char *end = strchr(text, '\n');
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
		const char *list = memchr(text, ':', n);
		const char *path =
		    list != NULL ? memchr(list + 1, ':', n - (size_t)(list + 1 - text)) : NULL;

		if (path != NULL &&
		    names_controller(list + 1, (size_t)(path - list - 1), controller)) {
			size_t len = n - (size_t)(path + 1 - text);

			if (len == 0 || path[1] != '/' || len >= cap)
				return false;
			memcpy(path_out, path + 1, len);
			path_out[len] = '\0';
			return true;
		}
		text = end != NULL ? end + 1 : NULL;
	}
	return false;
}

bool
mg_kernel_parse_mapping(const char *line, struct mg_proc_mapping *out)
{
	uint64_t skip;
	const char *p = line;

	if (!read_number(&p, 16, &out->start) || *p++ != '-' || !read_number(&p, 16, &out->end) ||
	    *p++ != ' ')
		return false;
	if (strnlen(p, 5) < 5 || p[4] != ' ')
		return false;
	out->is_readable = p[0] == 'r';
	out->is_writable = p[1] == 'w';
	out->is_private = p[3] == 'p';
	p += 5;
	if (!read_number(&p, 16, &skip) || *p++ != ' ' || !read_number(&p, 16, &skip) ||
	    *p++ != ':' || !read_number(&p, 16, &skip) || *p++ != ' ' ||
	    !read_number(&p, 10, &skip))
		return false;
	out->is_anonymous = skip == 0;
	return out->start < out->end;
}
