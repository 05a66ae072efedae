/* SPDX-License-Identifier: MIT */
/* A Python module: leaky.take(kept) allocates 10 KB, and frees them again, or does not. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdlib.h>
#include <string.h>

#define TAKEN_BYTES 10240

static char *last;

/* Apart, so that it has a name of its own in a stack. */
static __attribute__((noinline)) char *
take_memory(void)
{
	char *p = malloc(TAKEN_BYTES);

	if (p != NULL)
		memset(p, 1, TAKEN_BYTES);
	return p;
}

static PyObject *
take(PyObject *self, PyObject *args)
{
	int is_kept;

	(void)self;
	if (!PyArg_ParseTuple(args, "p", &is_kept))
		return NULL;
	last = take_memory();
	if (!is_kept)
		free(last);
	Py_RETURN_NONE;
}

static PyMethodDef methods[] = { { "take", take, METH_VARARGS, "take(kept)" },
	{ NULL, NULL, 0, NULL } };
static struct PyModuleDef module = { PyModuleDef_HEAD_INIT, "leaky", NULL, -1, methods, NULL, NULL,
	NULL, NULL };

PyMODINIT_FUNC PyInit_leaky(void);

PyMODINIT_FUNC
PyInit_leaky(void)
{
	return PyModule_Create(&module);
}
