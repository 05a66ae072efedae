/* SPDX-License-Identifier: MIT */
/*
 * Names of functions: demangled, short enough to read, and whether they only allocate for others.
 * Pure, but for mg_names_demangle(), which opens libstdc++ when it is first needed, so that a tool
 * that shows no C++ starts without it.
 */
#ifndef MG_NAMES_H
#define MG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* To be freed; NULL when it is no mangled name, or there is no libstdc++. One thread. */
char *mg_names_demangle(const char *name);

/* Without return type, arguments of templates and parameters:
 * "void std::vector<int>::reserve(unsigned long)" -> "std::vector<>::reserve". Returns buf. */
char *mg_names_short(const char *name, char *buf, size_t n);

/*
 * A function that allocates on behalf of its caller, so that the caller is to blame: malloc and
 * wrappers of it, operator new, containers of the C++ library, and all inside the C library.
 * `module` is a file name without folder; a function that is not `is_named` is not looked at.
 */
bool mg_names_is_allocator(const char *function, const char *module, bool is_named);

/* The file of an interpreter, or a machine of bytecode: it allocates for the script that it runs.
 */
bool mg_names_is_engine(const char *module);

/* CPython's own file: python3.11, libpython3.11.so.1.0. */
bool mg_names_is_python(const char *module);

/* A function of CPython that stands in every stack of it and says nothing: _PyEval_..., Py_RunMain.
 */
bool mg_names_is_interpreter(const char *function);

#endif
