/* SPDX-License-Identifier: MIT */
/*
 * `memgov leak-test`: repeats a command that makes a process work, and judges whether the process
 * holds more after every run. Exit status: 0 it does not leak, 1 it leaks, MG_USAGE_WRONG it cannot
 * be told, for whatever reason (wrong usage among them), 128 + N after signal N.
 */
#ifndef MG_LEAK_TEST_H
#define MG_LEAK_TEST_H

int mg_leak_test_command(int argc, char **argv);

#endif
