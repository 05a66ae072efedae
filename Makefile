# SPDX-License-Identifier: MIT
# memgov: a memory governor for any dynamically linked Linux program. `make help` lists what there is to make.

# Debian packages, all of them. `make demo` and `make test` install what is missing.
BUILD_PACKAGES = gcc libc6-dev pkg-config libmimalloc-dev libunwind-dev libncurses-dev
DEMO_PACKAGES  = $(BUILD_PACKAGES) python3
TEST_PACKAGES  = $(DEMO_PACKAGES) g++ libcriterion-dev nodejs redis-server redis-tools nginx sqlite3 git tmux procps \
                 clang clang-format clang-tidy cppcheck

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
CC      ?= gcc
CFLAGS  ?= -O2 -g

# Variants have a folder each and never mix: make DEBUG=1, make SANITIZE=address|undefined|thread.
VARIANT := $(or $(SANITIZE),$(if $(DEBUG),debug))
OUT     := build$(if $(VARIANT),/$(VARIANT))

WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla
WARN   += $(if $(CI),-Werror)
FLAGS   = -std=gnu11 -D_GNU_SOURCE -I. -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-builtin-malloc \
          -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free -fno-strict-aliasing
FLAGS  += $(if $(DEBUG)$(SANITIZE),,-DNDEBUG) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
LINK    = -Wl,-z,defs,-z,relro,-z,now,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
SOLINK  = -shared -Wl,-z,nodelete,-z,nodlopen,-soname,libmemgov.so

src      = $(sort $(wildcard $(1)))
obj      = $(patsubst %.c,$(OUT)/obj/%.o,$(call src,$(1)))
LOW      = $(call obj,shim/base/*.c shim/tables/*.c)
POLICIES = $(call obj,policies/*.c)
CORE     = $(LOW) $(POLICIES) $(call obj,shim/heap/*.c shim/observe/*.c shim/govern/*.c)
SHIM     = $(CORE) $(call obj,shim/*.c)

LIB      = $(OUT)/libmemgov.so
TOOLS    = $(OUT)/memgov $(OUT)/memgov-top
DOC      = $(OUT)/memgov-doc

.DELETE_ON_ERROR:
.PHONY: all help clean
all: $(LIB) $(TOOLS)                  ## build the library, memgov and memgov-top

help:                                 ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Rebuild when the flags change.
$(OUT)/.flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS) $(WARN) $(CFLAGS) $(LINK)' | cmp -s - $@ || echo '$(CC) $(FLAGS) $(WARN) $(CFLAGS) $(LINK)' > $@
.PHONY: FORCE
FORCE:

$(OUT)/obj/%.o: %.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(CC) $(FLAGS) $(WARN) $(CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(SHIM)
	$(CC) $(SOLINK) $(LINK) -o $@ $^ -lmimalloc -lpthread
$(OUT)/memgov: $(call obj,tools/cli/*.c tools/common/*.c) $(LOW)
	$(CC) $(LINK) -o $@ $^
$(OUT)/memgov-top: $(call obj,tools/top/*.c tools/common/*.c) $(LOW)
	$(CC) $(LINK) -o $@ $^ -lncursesw -ltinfo -lm
$(DOC): $(call obj,tools/doc/*.c) $(LOW) $(POLICIES)
	$(CC) $(LINK) -o $@ $^

clean:                                ## remove build/
	rm -rf build

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
