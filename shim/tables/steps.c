/* SPDX-License-Identifier: MIT */
#include "shim/tables/steps.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define WORD_BYTES 32
#define WAIT_MIN_NS 1000000ull
#define WAIT_MAX_NS (24 * 3600 * 1000000000ull)
#define SIGNAL_MAX 64

static const char *const names[] = {
	[MG_STEP_COMPACT] = "compact",
	[MG_STEP_NOTIFY] = "notify",
	[MG_STEP_WAIT] = "wait",
	[MG_STEP_GC] = "gc",
	[MG_STEP_FAIL] = "fail",
	[MG_STEP_ABORT] = "abort",
	[MG_STEP_TERM] = "term",
};
#define KINDS (sizeof names / sizeof names[0])

/* Signals that a program may have a handler for; others are given by number. */
static const struct {
	const char *name;
	uint64_t number;
} signals[] = {
	{ "SIGHUP", SIGHUP },
	{ "SIGINT", SIGINT },
	{ "SIGQUIT", SIGQUIT },
	{ "SIGUSR1", SIGUSR1 },
	{ "SIGUSR2", SIGUSR2 },
	{ "SIGALRM", SIGALRM },
	{ "SIGTERM", SIGTERM },
	{ "SIGCONT", SIGCONT },
	{ "SIGWINCH", SIGWINCH },
};
#define SIGNALS (sizeof signals / sizeof signals[0])

static bool
is_final(enum mg_step_kind kind)
{
	return kind >= MG_STEP_FAIL;
}

/* SIGKILL and SIGSTOP have no handlers, so they can never ask a program to collect its garbage. */
static int
parse_signal(const char *s, uint64_t *out)
{
	uint64_t n;

	for (size_t i = 0; i < SIGNALS; i++) {
		if (strcmp(s, signals[i].name) == 0) {
			*out = signals[i].number;
			return 0;
		}
	}
	if (mg_text_parse_u64(s, &n) != 0)
		return -EINVAL;
	if (n == 0 || n > SIGNAL_MAX || n == SIGKILL || n == SIGSTOP)
		return -ERANGE;
	*out = n;
	return 0;
}

static int
parse_wait(const char *s, uint64_t *out_ns)
{
	uint64_t ns;
	int err = mg_text_parse_duration(s, &ns);

	if (err == 0 && (ns < WAIT_MIN_NS || ns > WAIT_MAX_NS))
		err = -ERANGE;
	if (err == 0)
		*out_ns = ns;
	return err;
}

/* `arg` is what follows "=", NULL when there is no "=". */
static int
parse_arg(struct mg_step *step, const char *arg, const char *word, struct mg_text *verdict)
{
	int err = 0;

	if (step->kind == MG_STEP_WAIT) {
		err = arg == NULL ? -EINVAL : parse_wait(arg, &step->arg);
		if (err != 0)
			mg_text_add(verdict,
			    "has the step '%s', but wait takes a time from 1ms to 24h", word);
	} else if (step->kind == MG_STEP_GC) {
		err = arg == NULL ? -EINVAL : parse_signal(arg, &step->arg);
		if (err != 0)
			mg_text_add(verdict,
			    "has the step '%s', but gc takes a signal that can be handled", word);
	} else if (arg != NULL) {
		err = -EINVAL;
		mg_text_add(
		    verdict, "has the step '%s', but %s takes no value", word, names[step->kind]);
	}
	return err;
}

static int
parse_step(const char *word, struct mg_step *out, struct mg_text *verdict)
{
	const char *equals = strchr(word, '=');
	size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);

	*out = (struct mg_step){ .kind = MG_STEP_COMPACT };
	for (size_t i = 0; i < KINDS; i++) {
		if (strlen(names[i]) == len && strncmp(word, names[i], len) == 0) {
			out->kind = (enum mg_step_kind)i;
			return parse_arg(out, equals != NULL ? equals + 1 : NULL, word, verdict);
		}
	}
	if (*word == '\0')
		mg_text_add(verdict, "has an empty step");
	else
		mg_text_add(verdict, "has the unknown step '%s'", word);
	return -EINVAL;
}

/* Copies the item at *list, cut to what a message can hold; moves *list behind its comma. */
static void
next_word(const char **list, char word[WORD_BYTES], bool *last)
{
	const char *comma = strchr(*list, ',');
	size_t len = comma != NULL ? (size_t)(comma - *list) : strlen(*list);
	size_t n = len < WORD_BYTES ? len : WORD_BYTES - 1;

	for (size_t i = 0; i < n; i++) {
		char c = (*list)[i];

		word[i] = (unsigned char)c < ' ' || c == 0x7f ? '?' : c;
	}
	word[n] = '\0';
	*last = comma == NULL;
	*list += len + (comma != NULL);
}

static int
check_place(const struct mg_step *step, bool last, const char *word, struct mg_text *verdict)
{
	if (is_final(step->kind) == last)
		return 0;
	if (last)
		mg_text_add(verdict, "ends in '%s', not in fail, abort or term", word);
	else
		mg_text_add(verdict, "has '%s' before the end", word);
	return -EINVAL;
}

int
mg_steps_parse(const char *list, struct mg_steps *out, struct mg_text *verdict)
{
	struct mg_steps steps = { 0 };
	char word[WORD_BYTES];
	bool last = false;

	while (!last) {
		struct mg_step step;
		int err;

		next_word(&list, word, &last);
		err = parse_step(word, &step, verdict);
		if (err == 0)
			err = check_place(&step, last, word, verdict);
		if (err != 0)
			return err;
		if (steps.n == MG_CONFIG_STEPS) {
			mg_text_add(verdict, "has more than %d steps", MG_CONFIG_STEPS);
			return -ERANGE;
		}
		steps.step[steps.n++] = step;
	}
	*out = steps;
	return 0;
}

static void
print_signal(uint64_t number, struct mg_text *out)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		if (signals[i].number == number) {
			mg_text_add(out, "%s", signals[i].name);
			return;
		}
	}
	mg_text_add(out, "%lu", number);
}

void
mg_steps_print(const struct mg_steps *steps, struct mg_text *out)
{
	for (unsigned i = 0; i < steps->n; i++) {
		const struct mg_step *step = &steps->step[i];

		mg_text_add(out, "%s%s", i > 0 ? "," : "", names[step->kind]);
		if (step->kind == MG_STEP_WAIT) {
			mg_text_add(out, "=");
			mg_text_add_duration(out, step->arg);
		} else if (step->kind == MG_STEP_GC) {
			mg_text_add(out, "=");
			print_signal(step->arg, out);
		}
	}
}
