/* SPDX-License-Identifier: MIT */
/*
 * An add-on for node: takeKept() and takeFreed() allocate 10 KB; the second frees them again. What
 * it uses of Node-API, which is stable, is declared here, so that no headers of node are needed.
 */
#include <stdlib.h>
#include <string.h>

#define TAKEN_BYTES 10240

typedef struct napi_env__ *napi_env;
typedef struct napi_value__ *napi_value;
typedef struct napi_callback_info__ *napi_callback_info;
typedef napi_value (*napi_callback)(napi_env env, napi_callback_info info);

int napi_create_function(napi_env env, const char *name, size_t length, napi_callback cb,
    void *data, napi_value *result);
int napi_set_named_property(napi_env env, napi_value object, const char *name, napi_value value);

napi_value napi_register_module_v1(napi_env env, napi_value exports);

static char *last;

/* Apart, so that it has a name of its own in a stack. */
static __attribute__((noinline)) void
take_memory(void)
{
	last = malloc(TAKEN_BYTES);
	if (last != NULL)
		memset(last, 1, TAKEN_BYTES);
}

static napi_value
take_kept(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	take_memory();
	return NULL;
}

static napi_value
take_freed(napi_env env, napi_callback_info info)
{
	(void)env;
	(void)info;
	take_memory();
	free(last);
	return NULL;
}

static void
add(napi_env env, napi_value exports, const char *name, napi_callback call)
{
	napi_value function;

	if (napi_create_function(env, name, strlen(name), call, NULL, &function) == 0)
		napi_set_named_property(env, exports, name, function);
}

napi_value
napi_register_module_v1(napi_env env, napi_value exports)
{
	add(env, exports, "takeKept", take_kept);
	add(env, exports, "takeFreed", take_freed);
	return exports;
}
