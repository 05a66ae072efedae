/* SPDX-License-Identifier: MIT */
#include "tools/common/human.h"

void
mg_human_add_count(struct mg_text *t, uint64_t n)
{
	static const char units[] = "KMGTPE";
	uint64_t rest = 0;
	int unit = -1;

	if (n < 100000) {
		mg_text_add(t, "%lu", n);
		return;
	}
	while (n >= 1000) {
		rest = n % 1000;
		n /= 1000;
		unit++;
	}
	mg_text_add(t, "%lu", n);
	if (n < 100 && rest >= 100)
		mg_text_add(t, ".%lu", rest / 100);
	mg_text_add(t, "%c", units[unit]);
}

void
mg_human_add_signed(struct mg_text *t, double bytes)
{
	double size = (bytes < 0 ? -bytes : bytes) + 0.5;

	if (size >= 1)
		mg_text_add(t, bytes > 0 ? "+" : "-");
	mg_text_add_human(t, size < 0x1p64 ? (uint64_t)size : UINT64_MAX);
}

void
mg_human_add_span(struct mg_text *t, uint64_t ms)
{
	uint64_t s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;

	if (ms < 1000)
		mg_text_add(t, "%lums", ms);
	else if (s < 60)
		mg_text_add(t, "%lu.%lus", s, ms % 1000 / 100);
	else if (m < 60)
		mg_text_add(t, "%lum%02lus", m, s % 60);
	else if (h < 24)
		mg_text_add(t, "%luh%02lum", h, m % 60);
	else if (d < 100)
		mg_text_add(t, "%lud%02luh", d, h % 24);
	else
		mg_text_add(t, "%lud", d);
}

void
mg_human_add_wait(struct mg_text *t, uint64_t ms)
{
	if (ms == 0)
		mg_text_add(t, "now");
	else
		mg_human_add_span(t, ms);
}

struct mg_human
mg_human_bytes(uint64_t bytes)
{
	struct mg_human h = { "" };
	struct mg_text t;

	mg_text_init(&t, h.text, sizeof h.text);
	mg_text_add_human(&t, bytes);
	return h;
}

struct mg_human
mg_human_signed(double bytes)
{
	struct mg_human h = { "" };
	struct mg_text t;

	mg_text_init(&t, h.text, sizeof h.text);
	mg_human_add_signed(&t, bytes);
	return h;
}

struct mg_human
mg_human_count(uint64_t n)
{
	struct mg_human h = { "" };
	struct mg_text t;

	mg_text_init(&t, h.text, sizeof h.text);
	mg_human_add_count(&t, n);
	return h;
}

struct mg_human
mg_human_signed_count(int64_t n)
{
	struct mg_human h = { "" };
	struct mg_text t;

	mg_text_init(&t, h.text, sizeof h.text);
	if (n != 0)
		mg_text_add(&t, n > 0 ? "+" : "-");
	mg_human_add_count(&t, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
	return h;
}

struct mg_human
mg_human_span(uint64_t ms)
{
	struct mg_human h = { "" };
	struct mg_text t;

	mg_text_init(&t, h.text, sizeof h.text);
	mg_human_add_span(&t, ms);
	return h;
}
