/* SPDX-License-Identifier: MIT */
#include "tools/top/keys.h"

const struct mg_keys_row mg_keys[] = {
#define GROUP(title) { MG_KEY_NONE, "", MG_KEYS_NOTHING, title },
#define KEY(key, printed, action, help) { key, printed, MG_KEYS_##action, help },
#include "tools/top/keys.def"
};
const size_t mg_keys_count = sizeof mg_keys / sizeof mg_keys[0];

enum mg_keys_action
mg_keys_find(int key)
{
	for (size_t i = 0; i < mg_keys_count; i++)
		if (mg_keys[i].key == key && key != MG_KEY_NONE)
			return mg_keys[i].action;
	return MG_KEYS_NOTHING;
}

const struct mg_keys_row *
mg_keys_row_of(enum mg_keys_action action)
{
	for (size_t i = 0; i < mg_keys_count; i++)
		if (mg_keys[i].action == action && mg_keys[i].printed[0] != '\0')
			return &mg_keys[i];
	return NULL;
}
