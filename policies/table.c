/* SPDX-License-Identifier: MIT */
#include "policies/policy.h"

const struct mg_policy mg_policy_table[MG_POLICIES] = {
#define POLICY(name, doc) { #name, doc, mg_policy_##name },
#include "policies/policies.def"
};
