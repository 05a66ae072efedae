/* SPDX-License-Identifier: MIT */
#include "tools/common/users.h"

#include <pwd.h>
#include <stddef.h>
#include <stdio.h>

#define KEPT 32

static struct user {
	uid_t uid;
	char name[33];
} kept[KEPT];
static size_t n_asked;

const char *
mg_users_name(uid_t uid)
{
	struct user *u = &kept[n_asked % KEPT];
	const struct passwd *p;

	for (size_t i = 0; i < KEPT && i < n_asked; i++)
		if (kept[i].uid == uid)
			return kept[i].name;
	p = getpwuid(uid);
	u->uid = uid;
	if (p != NULL)
		snprintf(u->name, sizeof u->name, "%s", p->pw_name);
	else
		snprintf(u->name, sizeof u->name, "%u", uid);
	n_asked++;
	return u->name;
}
