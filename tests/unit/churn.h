/* SPDX-License-Identifier: MIT */
/* A working set of random sizes, small, medium and large, whose blocks keep their pattern. */
#ifndef CHURN_H
#define CHURN_H

#include <stdint.h>

/* Allocates, resizes or frees so many times, and looks at every block that it touches. */
void churn(unsigned times);

void churn_free_all(void);

/* Usable bytes of all blocks, and how many there are; of those outside the region. */
uint64_t churn_usable(uint64_t *blocks);
uint64_t churn_large(void);

#endif
