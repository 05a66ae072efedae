/* SPDX-License-Identifier: MIT */
/*
 * Who may ask. A page of somebody else's, open in the same browser, must neither read nor change
 * anything: so the Host that was asked for must be ours (a name that is made to resolve to this
 * machine is not), an Origin must be the same, and what changes something takes a token. Outside
 * text. Pure.
 */
#ifndef MG_GUARD_H
#define MG_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#define MG_GUARD_HOST 256

struct mg_guard {
	const char *address;      /* that is listened on, numeric, without brackets */
	const char *const *names; /* others that it is reached by */
	size_t n_names;
};

/* "host", "host:80", "[::1]:80": the host without brackets. False when it is none. */
bool mg_guard_split(const char *text, char host[MG_GUARD_HOST]);

/* localhost, 127.0.0.0/8 or ::1. */
bool mg_guard_is_loopback(const char *host);

/* All addresses of the machine: 0.0.0.0 or ::. */
bool mg_guard_is_any(const char *address);

/* A loopback name or address, the address, one of the names; where all addresses are listened on,
 * any address. NULL is a request without the header. */
bool mg_guard_host(const struct mg_guard *g, const char *host);

/* NULL, or http or https and the host of the request. */
bool mg_guard_origin(const char *origin, const char *host);

/* "Bearer TOKEN", compared in the same time wherever it differs. */
bool mg_guard_token(const char *authorization, const char *token);

/* "application/json", with or without parameters. */
bool mg_guard_is_json(const char *content_type);

#endif
