// SPDX-License-Identifier: MIT
/* Takes most of what the loader keeps of static thread-local storage for libraries that come late.
 */
static __thread char room[1100] __attribute__((tls_model("initial-exec")));

char *tls_room(void);

char *
tls_room(void)
{
	return room;
}
