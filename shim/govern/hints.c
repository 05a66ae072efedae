/* SPDX-License-Identifier: MIT */
#include "shim/govern/hints.h"

#include "shim/base/log.h"
#include "shim/heap/heap.h"
#include "shim/base/text.h"
#include "shim/observe/proc.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#define LIBRARY "libmemgov.so"

/* pymalloc takes its arenas with mmap, past malloc. */
static void
hint_python(void)
{
	setenv("PYTHONMALLOC", "malloc", 0);
}

/* V8's old space is mmap as well; the ceiling bounds it too. */
static void
hint_node(const struct mg_config *c)
{
	char buf[4096];
	const char *old = getenv("NODE_OPTIONS");
	struct mg_text t;

	if (c->heap_max == 0 || (old != NULL && (strstr(old, "max-old-space-size") != NULL ||
						    strstr(old, "max_old_space_size") != NULL)))
		return;
	mg_text_init(&t, buf, sizeof buf);
	mg_text_add(&t, "%s%s--max-old-space-size=%lu", old != NULL ? old : "",
	    old != NULL ? " " : "", c->heap_max >> 20);
	if (!t.cut)
		setenv("NODE_OPTIONS", buf, 1);
}

void
mg_hints_give(const struct mg_config *c)
{
	char program[64];

	if (c->hints == MG_HINTS_OFF || (c->hints == MG_HINTS_AUTO && c->heap_max == 0))
		return;
	mg_proc_program(program, sizeof program);
	if (strncmp(program, "python", 6) == 0)
		hint_python();
	else if (strcmp(program, "node") == 0 || strcmp(program, "nodejs") == 0)
		hint_node(c);
}

/* True when a word of LD_PRELOAD is this library. */
static bool
is_this_library(const char *word, size_t n)
{
	size_t len = strlen(LIBRARY);

	return n >= len && strncmp(word + n - len, LIBRARY, len) == 0 &&
	       (n == len || word[n - len - 1] == '/');
}

/* What is left of an LD_PRELOAD value without this library, written over it: it only gets shorter.
 */
static void
shorten_preload(char *value)
{
	char *out = value;

	for (const char *p = value; *p != '\0';) {
		size_t n = strcspn(p, " :");

		if (n > 0 && !is_this_library(p, n)) {
			if (out != value)
				*out++ = ':';
			memmove(out, p, n);
			out += n;
		}
		p += n + (p[n] != '\0');
	}
	*out = '\0';
}

/* Where the object file begins that an address is in, and its name. */
static const void *
find_object(void *address, const char **name_out)
{
	Dl_info info;

	if (address == NULL || dladdr(address, &info) == 0)
		return NULL;
	*name_out =
	    info.dli_fname != NULL && info.dli_fname[0] != '\0' ? info.dli_fname : "the program";
	return info.dli_fbase;
}

static bool
is_program(const void *object)
{
	const char *name;

	return object == find_object((void *)getauxval(AT_PHDR), &name);
}

/* Even in a program with stubs for the whole family, as python3 is. */
static bool
is_in_valgrind(void)
{
	const char *preload = getenv("LD_PRELOAD");

	return preload != NULL && strstr(preload, "/vgpreload_") != NULL;
}

/*
 * Says whose malloc it is. A program that is not relocatable has stubs of its own for the functions
 * whose address it takes, malloc mostly, so others of the family are asked first. Valgrind leaves
 * all names as they are, and calls its own.
 */
static void
blame(void)
{
	static const char *const family[] = { "malloc_usable_size", "calloc", "realloc", "malloc" };
	const char *theirs = "", *ours = "";
	const void *own = find_object((void *)(uintptr_t)mg_hints_check_malloc, &ours),
		   *object = own;

	for (size_t i = 0; i < sizeof family / sizeof *family && object == own && !is_in_valgrind();
	     i++)
		object = find_object(dlsym(RTLD_DEFAULT, family[i]), &theirs);
	if (object == own)
		mg_log(MG_LOG_WARN,
		    "calls of malloc do not arrive here (valgrind and its like take them): "
		    "nothing is counted or held");
	else if (is_program(object))
		mg_log(MG_LOG_WARN,
		    "%s has a malloc of its own, which memgov does not see: nothing is counted or "
		    "held",
		    theirs);
	else
		mg_log(MG_LOG_WARN,
		    "the program's malloc is that of %s: nothing is counted or held; put memgov "
		    "first in LD_PRELOAD",
		    theirs);
}

void
mg_hints_check_malloc(void)
{
	struct mg_snapshot before = { 0 }, after = { 0 };
	void *(*take)(size_t) = NULL;
	void (*give)(void *) = NULL;

	/* Its address says nothing: in a program that is not relocatable it is a stub of the
	 * program's own. Whether a call is counted does. */
	*(void **)&take = dlsym(RTLD_DEFAULT, "malloc");
	*(void **)&give = dlsym(RTLD_DEFAULT, "free");
	if (take == NULL || give == NULL)
		return;
	mg_heap_read(&before);
	give(take(1));
	mg_heap_read(&after);
	if (after.allocs != before.allocs)
		return;
	blame();
}

/* In place: a program may have setenv and its like of its own, as bash has, and not be ready for a
 * call of them. */
void
mg_hints_drop_children(void)
{
	char **out = environ;

	for (char **e = environ; e != NULL && *e != NULL; e++) {
		if (strncmp(*e, "MEMGOV_", 7) == 0)
			continue;
		if (strncmp(*e, "LD_PRELOAD=", 11) == 0) {
			shorten_preload(*e + 11);
			if ((*e)[11] == '\0')
				continue;
		}
		*out++ = *e;
	}
	if (out != NULL)
		*out = NULL;
}
