/* SPDX-License-Identifier: MIT */
/* The hooks that see a program enter a sandbox: prctl, and the C library's syscall. */
#ifndef MG_HOOKS_SANDBOX_H
#define MG_HOOKS_SANDBOX_H

/* At start: finds the syscall of the C library, or of who wraps it. */
void mg_sandbox_start(void);

#endif
