/* SPDX-License-Identifier: MIT */
#include "tools/common/names.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/support.h"

Test(names, demangles_c_plus_plus_and_leaves_the_rest)
{
	char *name = mg_names_demangle("_ZN5Cache6insertERKSsi");

	cr_assert(ne(ptr, name, NULL), "libstdc++ is there (g++)");
	cr_expect(SAME(name, "Cache::insert(std::string const&, int)"));
	free(name);
	cr_expect(eq(ptr, mg_names_demangle("main"), NULL));
	cr_expect(eq(ptr, mg_names_demangle("_Znonsense"), NULL));
	cr_expect(eq(ptr, mg_names_demangle(""), NULL));
}

Test(names, are_short)
{
	static const char *const rows[][2] = {
		{ "main", "main" },
		{ "a b", "a b" },
		{ "", "" },
		{ "Cache::insert(std::string const&, int)", "Cache::insert" },
		{ "void std::vector<int, std::allocator<int> >::reserve(unsigned long)",
		    "std::vector<>::reserve" },
		{ "std::vector<int> make<int>(int)", "make<>" },
		{ "(anonymous namespace)::load(char const*)", "(anonymous namespace)::load" },
		{ "operator new(unsigned long)", "operator new" },
		{ "Pool::operator new[](unsigned long)", "Pool::operator new[]" },
		{ "std::ostream& operator<< <char>(std::ostream&, char)", "operator<<<>" },
		{ "Box::operator->() const", "Box::operator->" },
		{ "Call::operator()(int) const", "Call::operator()" },
		{ "Value::operator bool() const", "Value::operator bool" },
		{ "my_operator(int)", "my_operator" },
		{ "main::{lambda(int)#1}::operator()(int) const", "main::{}::operator()" },
		{ "int f<(E)1>(X<(3>2)>) [clone .part.0]", "f<>" },
		{ "g() [clone .isra.0]", "g" },
		{ "broken<int", "broken<int" },
		{ "broken::less<int", "broken::less<>" },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		char buf[64];

		cr_expect(SAME(mg_names_short(rows[i][0], buf, sizeof buf), rows[i][1]), "%s",
		    rows[i][0]);
	}
}

Test(names, are_cut_to_the_room)
{
	char buf[8];

	cr_expect(SAME(mg_names_short("Cache::insert(int)", buf, sizeof buf), "Cache::"));
}

Test(names, of_functions_that_allocate_for_others)
{
	static const struct {
		const char *function, *module;
		bool is_named, want;
	} rows[] = {
		{ "xmalloc", "git", true, true },
		{ "zmalloc_usable", "redis-server", true, true },
		{ "ngx_pcalloc", "nginx", true, true },
		{ "g_malloc0_n", "libglib-2.0.so.0", true, true },
		{ "sqlite3DbMallocRaw", "sqlite3", true, true },
		{ "operator new(unsigned long)", "app", true, true },
		{ "void std::vector<int>::_M_realloc_insert<int const&>(int const&)", "app", true,
		    true },
		{ "std::__cxx11::basic_string<char>::_M_create(unsigned long&)", "app", true,
		    true },
		{ "getline", "libc.so.6", true, true },
		{ "libc.so.6+0x85123", "libc.so.6", false, true },
		{ "PyUnicode_New", "python3.11", true, true },
		{ "v8::internal::Heap::AllocateExternalBackingStore(unsigned long)", "node", true,
		    true },
		{ "Cache::insert(std::string const&)", "app", true, false },
		{ "std::vector<int> make<int>(int)", "app", true, false },
		{ "leak", "victim", true, false },
		{ "allocate_forever", "victim", true, false },
		{ "libplugin.so+0x1234", "libplugin.so", false, false },
		{ "my_alloc", "my_alloc", false, false },
		{ "libxmalloc+0x10", "libxmalloc", false, false },
		{ "load", "", true, false },
	};

	for (size_t i = 0; i < ROWS(rows); i++)
		cr_expect(
		    eq(int,
			mg_names_is_allocator(rows[i].function, rows[i].module, rows[i].is_named),
			rows[i].want),
		    "%s", rows[i].function);
}

Test(names, of_the_interpreter)
{
	cr_expect(mg_names_is_engine("python3.11"));
	cr_expect(mg_names_is_engine("node"));
	cr_expect(mg_names_is_engine("libnode.so.108"));
	cr_expect(not(mg_names_is_engine("nodes")));
	cr_expect(not(mg_names_is_engine("leaky.node")));
	cr_expect(not(mg_names_is_engine("")));
	cr_expect(mg_names_is_interpreter("_PyEval_EvalFrameDefault"));
	cr_expect(mg_names_is_interpreter("Py_RunMain"));
	cr_expect(not(mg_names_is_interpreter("PyDict_New")));
	cr_expect(mg_names_is_python("python3.11"));
	cr_expect(mg_names_is_python("libpython3.11.so.1.0"));
	cr_expect(not(mg_names_is_python("python-like")));
	cr_expect(not(mg_names_is_python("_ctypes.cpython-311-x86_64-linux-gnu.so")));
}
