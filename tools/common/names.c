/* SPDX-License-Identifier: MIT */
#include "tools/common/names.h"

#include <ctype.h>
#include <dlfcn.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "shim/base/text.h"

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

typedef char *demangle_fn(const char *, char *, size_t *, int *);

char *
mg_names_demangle(const char *name)
{
	static demangle_fn *demangle;
	static bool is_tried;
	int status = 0;

	if (strncmp(name, "_Z", 2) != 0)
		return NULL;
	if (!is_tried) {
		void *lib = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

		is_tried = true;
		if (lib != NULL)
			*(void **)&demangle = dlsym(lib, "__cxa_demangle");
	}
	return demangle != NULL ? demangle(name, NULL, NULL, &status) : NULL;
}

/* Behind the bracket that belongs to the one at s; the end of the string when there is none. */
static const char *
skip_brackets(const char *s)
{
	unsigned depth = 0;

	for (; *s != '\0'; s++) {
		if (strchr("<({[", *s) != NULL)
			depth++;
		else if (strchr(">)}]", *s) != NULL && !(*s == '>' && s[-1] == '-') && --depth == 0)
			return s + 1;
	}
	return s;
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* "operator()", "operator<<", "operator new[]", "operator bool", with nothing of an identifier
 * around the word: copies it, and returns what is behind; s when it is none. */
static const char *
copy_operator(const char *s, const char *name, struct mg_text *t)
{
	static const char word[] = "operator";
	const char *end = s + sizeof word - 1;

	if (!starts(s, word) || (s > name && (isalnum(s[-1]) || s[-1] == '_')) || isalnum(*end) ||
	    *end == '_')
		return s;
	if (starts(end, "()"))
		end += 2;
	else if (strchr("<>-", *end) != NULL)
		end += strspn(end, "<>=-*,");
	else
		end += strcspn(end, "(");
	while (s < end)
		mg_text_add(t, "%c", *s++);
	return end;
}

char *
mg_names_short(const char *name, char *buf, size_t n)
{
	static const char anonymous[] = "(anonymous namespace)";
	const char *s = name;
	struct mg_text t;

	mg_text_init(&t, buf, n);
	if (strchr(name, '(') == NULL && strstr(name, "::") == NULL) {
		mg_text_add(&t, "%s", name);
		return buf;
	}
	while (*s != '\0') {
		const char *behind = copy_operator(s, name, &t);

		if (behind != s) {
			s = behind;
		} else if (starts(s, anonymous)) {
			mg_text_add(&t, "%s", anonymous);
			s += sizeof anonymous - 1;
		} else if (*s == '(' || starts(s, " [clone")) {
			break;
		} else if (*s == '<' || *s == '{') {
			mg_text_add(&t, *s == '<' ? "<>" : "{}");
			s = skip_brackets(s);
		} else if (*s == ' ' && s[1] == '<') {
			s++; /* operator<< <char> */
		} else if (*s == ' ') {
			mg_text_init(&t, buf, n); /* it was the type that is returned */
			s++;
		} else {
			mg_text_add(&t, "%c", *s++);
		}
	}
	return buf;
}

/* Of short names; case does not matter. */
static const char *const allocators[] = { "*alloc", "*allocz", "*alloc0", "*alloc_n", "*alloc0_n",
	"*memalign", "*strdup*", "*strndup*", "*memdup*", "*asprintf", "getline", "getdelim",
	"operator new*", "*::operator new*", "std::*", "__gnu_cxx::*", "g_malloc*", "g_try_malloc*",
	"g_realloc*", "g_slice_*", "g_strconcat", "sqlite3*malloc*", "sqlite3*realloc*", "zmalloc*",
	"zcalloc*", "zrealloc*", "ztry*alloc*", "ngx_palloc_*", "ngx_create_pool", "strbuf_grow",
	"PyMem_*", "_PyMem_*", "PyObject_GC_*", "_PyObject_*", "PyType_Generic*", "_PyType_Alloc*",
	"Py*_New*", "_Py*_New*", "Py*_From*", "_Py*_From*", "Py*_Resize", "_Py*_Resize",
	"node::*alloc*", "v8::*alloc*", "v8::ArrayBuffer::*", "v8::internal::BackingStore::*",
	"v8::internal::Heap::*", "v8::internal::Factory*::*", "alloc::*", "__rust_*", "__rdl_*",
	"__rg_*", "BUF_MEM_grow*", "_obstack_*" };

/* Libraries of the language: what they allocate, they allocate for a caller. */
static const char *const libraries[] = { "libc.so.*", "libc-2.*.so", "ld-linux*", "ld-musl*",
	"libstdc++.so*", "libc++.so*", "libc++abi.so*", "libgcc_s.so*", "libpthread*",
	"libmemgov.so*", "libmimalloc.so*" };

static const char *const engines[] = { "python3*", "libpython3*", "node", "nodejs", "libnode.so*",
	"ruby", "ruby[0-9]*", "libruby*", "perl", "libperl.so*", "php*", "libphp*", "lua*",
	"liblua*", "libjvm.so", "libcoreclr.so" };

static const char *const interpreter[] = { "_PyEval_*", "PyEval_*", "_PyFunction_*",
	"PyObject_Call*", "_PyObject_Call*", "PyObject_Vectorcall*", "_PyObject_Vectorcall*",
	"_PyObject_MakeTpCall*", "_PyObject_FastCall*", "PyVectorcall_*", "_PyVectorcall_*",
	"PyRun_*", "_PyRun_*", "Py_RunMain", "Py_BytesMain", "Py_Main", "PyImport_*", "_PyImport_*",
	"PyObject_Get*Attr*", "_PyObject_Get*Attr*", "PyIter_Next", "PyObject_GetIter",
	"PyObject_RichCompare*", "method_vectorcall*", "cfunction_*", "slot_tp_*", "vectorcall_*",
	"type_call", "builtin_*", "run_mod*", "run_eval_code*", "pymain_*", "gen_*", "_PyGen_*",
	"object_vacall" };

static bool
matches(const char *s, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], s, FNM_CASEFOLD) == 0)
			return true;
	return false;
}

bool
mg_names_is_allocator(const char *function, const char *module, bool is_named)
{
	char name[256];

	if (matches(module, libraries, COUNT(libraries)))
		return true;
	if (!is_named)
		return false;
	mg_names_short(function, name, sizeof name);
	return matches(name, allocators, COUNT(allocators));
}

bool
mg_names_is_engine(const char *module)
{
	return matches(module, engines, COUNT(engines));
}

bool
mg_names_is_python(const char *module)
{
	return starts(module, "python3") || starts(module, "libpython3");
}

bool
mg_names_is_interpreter(const char *function)
{
	return matches(function, interpreter, COUNT(interpreter));
}
