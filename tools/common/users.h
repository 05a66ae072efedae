/* SPDX-License-Identifier: MIT */
/* Names of users, each looked up once. One thread only. */
#ifndef MG_USERS_H
#define MG_USERS_H

#include <sys/types.h>

/* The name, or the number where there is none; good until 32 other users were asked for. */
const char *mg_users_name(uid_t uid);

#endif
