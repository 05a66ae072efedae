# SPDX-License-Identifier: MIT
# memgov: a memory governor for any dynamically linked Linux program. `make help` lists what there is to make.

# Debian packages, all of them. `make demo` and `make test` install what is missing.
BUILD_PACKAGES = gcc libc6-dev pkg-config libmimalloc-dev libncurses-dev libdw-dev libprotobuf-c-dev \
                 protobuf-c-compiler zlib1g-dev libmicrohttpd-dev libjs-dygraphs
DEMO_PACKAGES  = $(BUILD_PACKAGES) python3
TEST_PACKAGES  = $(DEMO_PACKAGES) g++ libcriterion-dev nodejs redis-server redis-tools nginx sqlite3 git tmux procps \
                 clang clang-format clang-tidy cppcheck spin google-perftools python3-dev curl libunwind-dev \
                 prometheus chromium chromium-driver python3-selenium bash-completion mandoc man-db musl-tools \
                 $(DEB_PACKAGES) lintian libjemalloc2
DEB_PACKAGES   = $(BUILD_PACKAGES) dpkg-dev debhelper fakeroot
# The programs of tests/real/matrix.
REAL_PACKAGES  = $(TEST_PACKAGES) busybox-static libjemalloc-dev libgoogle-perftools-dev bzip2 xz-utils perl make \
                 default-jdk-headless ruby php-cli php-xml php-mbstring php-sqlite3 lua5.4 wrk memcached postgresql-15 \
                 mariadb-server-core mariadb-client-core stress-ng libpython3.11-testsuite \
                 valgrind gdb rsync imagemagick ffmpeg
BENCH_PACKAGES = $(DEMO_PACKAGES) libjemalloc2 libtcmalloc-minimal4 redis-server redis-tools nodejs sqlite3 git

PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR  ?= $(DATADIR)/man
DOCDIR  ?= $(DATADIR)/doc/memgov
COMPDIR ?= $(DATADIR)/bash-completion/completions
CC      ?= gcc
CFLAGS  ?= -O2 -g

# The last tag, v1.2.3, else what version.h says.
TAG     := $(if $(wildcard .git),$(shell git describe --tags --abbrev=0 --match 'v[0-9]*' 2> /dev/null))
VERSION := $(or $(TAG:v%=%),$(shell sed -n 's/^\#define MG_VERSION "\(.*\)"/\1/p' shim/tables/version.h))

# Variants have a folder each and never mix: make DEBUG=1, make SANITIZE=address|undefined|thread.
VARIANT := $(or $(SANITIZE),$(if $(COVERAGE),coverage),$(if $(DEBUG),debug))
OUT     := build$(if $(VARIANT),/$(VARIANT))

WARN    = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wundef -Wvla
WARN   += $(if $(CI),-Werror)
FLAGS   = -std=gnu11 -D_GNU_SOURCE -DMG_VERSION='"$(VERSION)"' -I. -fPIC -fvisibility=hidden -ftls-model=initial-exec -fno-builtin-malloc \
          -fno-builtin-calloc -fno-builtin-realloc -fno-builtin-free -fno-strict-aliasing -fdata-sections -ffunction-sections -fno-plt
FLAGS  += $(if $(DEBUG)$(SANITIZE),,-DNDEBUG) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer)
# Counters are atomic: there are threads. A call that must stay a jump (deepbind.c) would not with one behind it.
COUNTED = $(if $(COVERAGE),--coverage -fprofile-update=atomic)
$(OUT)/obj/shim/hooks/deepbind.o: private COUNTED =
FLAGS  += $(COUNTED)
LINK    = $(COUNTED) -Wl,-z,defs,-z,relro,-z,now,--as-needed $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
# For a quick start: one mapping less, packed relocations, and large storage apart from small.
SOLINK  = -shared -Wl,-z,nodelete,-z,nodlopen,-soname,libmemgov.so,-z,noseparate-code,-z,pack-relative-relocs,--sort-section=alignment,-T,shim/layout.ld

# make V=1 shows the commands.
Q        = $(if $(V),,@)
say      = @$(if $(V),true,printf '  %-4s %s\n' '$(1)' '$(@:$(OUT)/%=%)')

src      = $(sort $(wildcard $(1)))
obj      = $(patsubst %.c,$(OUT)/obj/%.o,$(call src,$(1)))
LOW      = $(call obj,shim/base/*.c shim/tables/*.c)
POLICIES = $(call obj,policies/*.c)
CORE     = $(LOW) $(POLICIES) $(call obj,shim/heap/*.c shim/observe/*.c shim/govern/*.c)
SHIM     = $(CORE) $(call obj,shim/*.c shim/hooks/*.c)

# memgov-top without its terminal: what `memgov ps` and the unit tests share with it.
TOP_PURE = $(filter-out %/view.o %/memgov-top.o,$(call obj,tools/top/*.c))

LIB      = $(OUT)/libmemgov.so
TOOLS    = $(OUT)/memgov $(OUT)/memgov-top
DOC      = $(OUT)/memgov-doc
MAN_PAGES = tools/cli/memgov.1 tools/top/memgov-top.1 shim/libmemgov.7 shim/memgov.h.3
MAN      = $(addprefix $(OUT)/man/,$(notdir $(MAN_PAGES)))

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all help clean
all: $(LIB) $(TOOLS) $(MAN)           ## build the library, memgov and memgov-top, and their manual pages

help:                                 ## this list
	@awk -F ':.*## *' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Debian packages that the goals of this run need; everything waits for them, because everything needs the flags. A plain
# `make` installs nothing.
GOALS    = $(or $(MAKECMDGOALS),all)
PACKAGES = $(if $(filter deps test lint format stress soak coverage covered preload hazards faults screen real page unit fuzz% check-%,$(GOALS)),$(TEST_PACKAGES),$(DEMO_PACKAGES)) \
           $(if $(filter bench,$(GOALS)),$(BENCH_PACKAGES)) $(if $(filter test-real,$(GOALS)),$(REAL_PACKAGES)) \
           $(if $(filter deb test-deb,$(GOALS)),$(DEB_PACKAGES)) \
           $(if $(filter test-deb,$(GOALS)),debootstrap systemd-container iproute2)
.PHONY: deps
deps:                                 ## install the Debian packages that are missing, and say which
	@tests/deps $(PACKAGES)

# Rebuild when the flags change.
$(OUT)/.flags: FORCE | $(if $(filter-out all clean help install uninstall build/%,$(GOALS)),deps)
	@mkdir -p $(@D)
	@echo '$(CC) $(FLAGS) $(WARN) $(CFLAGS) $(LINK)' | cmp -s - $@ || echo '$(CC) $(FLAGS) $(WARN) $(CFLAGS) $(LINK)' > $@
.PHONY: FORCE
FORCE:

$(OUT)/obj/%.o: %.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(FLAGS) $(MORE) $(WARN) $(CFLAGS) -MMD -MP -c $< -o $@

QUIET    = $(if $(COVERAGE),$(OUT)/obj/tests/coverage/quiet.o)
EXITS    = $(if $(COVERAGE),$(OUT)/obj/tests/coverage/exits.o $(QUIET))
COUNTED_ENDS = $(if $(COVERAGE),-Wl$(comma)--wrap=mg_charge_configure$(comma)--wrap=mg_sys_tgkill)
$(QUIET): MORE = -DMG_COUNTERS='"$(CURDIR)/$(OUT)/obj/tests/coverage/quiet.gcda"'
$(LIB): $(SHIM) $(EXITS) shim/layout.ld
	$(call say,LINK)
	$(Q)$(CC) $(SOLINK) $(LINK) $(COUNTED_ENDS) -o $@ $(filter %.o,$^) -lmimalloc -lpthread
# What tools/common needs: numbers, and the names of functions.
TOOL_LIBS = -lm -ldw -lz
# The format of pprof, from its description.
$(OUT)/gen/%.pb-c.c $(OUT)/gen/%.pb-c.h &: tools/cli/%.proto
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=tools/cli --c_out=$(@D) $(<F)
$(OUT)/gen/pprof.pb-c.o: $(OUT)/gen/pprof.pb-c.c $(OUT)/.flags
	$(call say,CC)
	$(Q)$(CC) $(FLAGS) $(WARN) $(CFLAGS) -c $< -o $@
$(OUT)/obj/tools/cli/pprof.o: MORE = -I$(OUT)/gen
$(OUT)/obj/tools/cli/pprof.o: $(OUT)/gen/pprof.pb-c.h
# The page is part of memgov.
$(OUT)/obj/tools/serve/assets.o: $(wildcard tools/serve/page/* /usr/share/javascript/dygraphs/dygraph.min.*)
$(OUT)/memgov: $(call obj,tools/cli/*.c tools/serve/*.c tools/doctor/*.c tools/common/*.c) $(OUT)/gen/pprof.pb-c.o $(TOP_PURE) $(LOW) $(QUIET)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^ $(TOOL_LIBS) -lprotobuf-c -lz -lmicrohttpd -lpthread
$(OUT)/memgov-top: $(call obj,tools/top/*.c tools/common/*.c) $(LOW) $(QUIET)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^ -lncursesw -ltinfo $(TOOL_LIBS)
# A plain make installs nothing, but says what would.
ifeq ($(wildcard /usr/include/mimalloc.h),)
ifneq ($(filter all build/% $(LIB),$(GOALS)),)
$(error mimalloc.h is missing. `make deps` installs all that memgov needs: $(DEMO_PACKAGES))
endif
endif
$(DOC): $(call obj,tools/doc/*.c) $(LOW) $(POLICIES)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^

$(OUT)/man/%.1: tools/cli/%.1 $(DOC)
	@mkdir -p $(@D)
	$(Q)$(DOC) man $< > $@
$(OUT)/man/%.1: tools/top/%.1 $(DOC)
	@mkdir -p $(@D)
	$(Q)$(DOC) man $< > $@
$(OUT)/man/%: shim/% $(DOC)
	@mkdir -p $(@D)
	$(Q)$(DOC) man $< > $@

# Victims of the preload and hazards suites: one program each, lib_*.c a library; built as programs are, without memgov's flags.
VICTIM_FLAGS = -D_GNU_SOURCE -I. -O1 -g -fno-builtin -Wall -Wextra $(if $(CI),-Werror)
VICTIM_NEEDS = $(wildcard tests/*/victims/*.h) shim/memgov.h $(OUT)/.flags
victims  = $(filter $(1),$(patsubst tests/%,$(OUT)/tests/%,$(subst /victims/,/,$(wildcard tests/*/victims/*))))
VICTIMS  = $(patsubst %.c,%.so,$(filter $(OUT)/tests/preload/lib_% $(OUT)/tests/hazards/lib_%,$(call victims,%.c)))
VICTIMS += $(basename $(filter-out $(OUT)/tests/preload/lib_% $(OUT)/tests/hazards/lib_%,$(call victims,%.c %.cc)))
VICTIMS += $(OUT)/tests/hazards/new_delete_static
define victim_rules
$(OUT)/tests/$(1)/lib_%.so: tests/$(1)/victims/lib_%.c $$(VICTIM_NEEDS)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(CC) -std=gnu11 $$(VICTIM_FLAGS) -fPIC -shared -o $$@ $$<
$(OUT)/tests/$(1)/%: tests/$(1)/victims/%.c $$(VICTIM_NEEDS)
	@mkdir -p $$(@D)
	$$(call say,CC)
	$$(Q)$$(CC) -std=gnu11 $$(VICTIM_FLAGS) -o $$@ $$< $$(VICTIM_LIBS) -ldl -lpthread
$(OUT)/tests/$(1)/%: tests/$(1)/victims/%.cc $$(VICTIM_NEEDS)
	@mkdir -p $$(@D)
	$$(call say,CXX)
	$$(Q)$$(CXX) -std=gnu++17 $$(VICTIM_FLAGS) -o $$@ $$<
endef
$(foreach suite,preload hazards,$(eval $(call victim_rules,$(suite))))
$(OUT)/tests/hazards/new_delete_static: tests/preload/victims/new_delete.cc $(VICTIM_NEEDS)
	$(call say,CXX)
	$(Q)$(CXX) -std=gnu++17 $(VICTIM_FLAGS) -static-libstdc++ -static-libgcc -o $@ $<
$(OUT)/tests/hazards/own_malloc: VICTIM_FLAGS += -rdynamic
$(OUT)/tests/hazards/calls_mimalloc: VICTIM_LIBS = -lmimalloc
$(OUT)/tests/preload/leaks_inlined: VICTIM_FLAGS += -O2
$(OUT)/tests/preload/replaces_new: VICTIM_FLAGS += -Wno-sized-deallocation
$(OUT)/tests/preload/deepbind: VICTIM_FLAGS += -Wl,-rpath,'$$ORIGIN'
$(OUT)/tests/preload/without_tables: VICTIM_FLAGS += -fno-asynchronous-unwind-tables -fomit-frame-pointer

# What the real suite brings itself.
REAL = $(addprefix $(OUT)/tests/real/,holder churn churn_plugin.so leaky.so leaky.node)
$(OUT)/tests/real/%: tests/real/%.cc shim/memgov.h $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) -std=gnu++17 $(VICTIM_FLAGS) -o $@ $< -ldl -lpthread
$(OUT)/tests/real/%.so: tests/real/%.cc $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CXX)
	$(Q)$(CXX) -std=gnu++17 $(VICTIM_FLAGS) -fPIC -shared -o $@ $<
$(OUT)/tests/real/leaky.so: tests/real/leaky.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(VICTIM_FLAGS) $$(python3-config --includes) -fPIC -shared -o $@ $<
$(OUT)/tests/real/leaky.node: tests/real/leaky_node.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(VICTIM_FLAGS) -fPIC -shared -o $@ $<

# The load of the soak, and its plug-in.
SOAK = $(OUT)/tests/soak/load $(OUT)/tests/soak/plugin.so
$(OUT)/tests/soak/load: tests/soak/load.c $(VICTIM_NEEDS)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(VICTIM_FLAGS) -o $@ $< -ldl -lpthread
$(OUT)/tests/soak/plugin.so: tests/soak/plugin.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 $(VICTIM_FLAGS) -fPIC -shared -o $@ $<

# Stress programs: everything but hooks and init, so that they run under ThreadSanitizer too.
STRESS = $(patsubst tests/stress/%.c,$(OUT)/tests/stress/%,$(wildcard tests/stress/*.c))
$(OUT)/tests/stress/%: $(OUT)/obj/tests/stress/%.o $(CORE)
	@mkdir -p $(@D)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) -o $@ $^ -lmimalloc -lpthread

# The macros of criterion are not clean of -Wconversion, so unit tests are built with fewer warnings.
$(OUT)/obj/tests/unit/%.o: tests/unit/%.c $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(filter-out -DNDEBUG,$(FLAGS)) -Wall -Wextra -Wshadow $(if $(CI),-Werror) $(CFLAGS) -MMD -MP -c $< -o $@
CLI_PURE = $(addprefix tools/cli/,target.c need.c numbering.c folded.c flame.c google.c sites_table.c \
           completion.c completion_offer.c)
# memgov serve without its threads and its connections.
SERVE_PURE = $(addprefix tools/serve/,board.c guard.c guests.c listen.c metrics.c post.c response.c route.c)
$(OUT)/unit: $(call obj,tests/unit/*.c tools/common/*.c tools/doctor/*.c $(CLI_PURE) $(SERVE_PURE) $(addprefix tools/doc/,readme.c tables.c manual.c pages.c roff.c)) $(TOP_PURE) $(CORE) $(EXITS)
	$(call say,LINK)
	$(Q)$(CC) $(LINK) $(COUNTED_ENDS) -o $@ $^ -lcriterion -lmimalloc -lunwind-x86_64 -lunwind -lpthread $(TOOL_LIBS)
.PHONY: unit
unit: $(OUT)/unit                     ## unit tests; also with SANITIZE=address or undefined
	UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 $(OUT)/unit

# Fuzz targets: tests/fuzz/NAME.c with seeds in tests/fuzz/corpus/NAME/. One that needs more than these sources adds
# them: "$(OUT)/fuzz/NAME $(OUT)/replay/NAME: shim/heap/bits.c".
FUZZ_SECONDS ?= $(or $(SECONDS),60)
FUZZ_TARGETS := $(basename $(notdir $(wildcard tests/fuzz/*.c)))
FUZZ_FLAGS    = -std=gnu11 -D_GNU_SOURCE -I. -O1 -g -Wall -Wextra
FUZZ_SOURCES  = $(call src,shim/base/*.c shim/tables/*.c policies/*.c)
FUZZ_HEADERS  = $(wildcard tests/fuzz/*.h shim/*/*.h shim/tables/*.def policies/*.h policies/*.def)
$(OUT)/fuzz/%: tests/fuzz/%.c $(FUZZ_SOURCES) $(FUZZ_HEADERS)
	@mkdir -p $(@D)
	clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -o $@ $(filter %.c,$^) $(FUZZ_LIBS)
$(OUT)/replay/%: tests/fuzz/%.c $(FUZZ_SOURCES) $(FUZZ_HEADERS)
	@mkdir -p $(@D)
	$(CC) $(FUZZ_FLAGS) -DREPLAY $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all) -o $@ $(filter %.c,$^) $(FUZZ_LIBS)
$(OUT)/fuzz/reply $(OUT)/replay/reply: tools/common/reply.c
$(OUT)/fuzz/cfi $(OUT)/replay/cfi: $(addprefix shim/observe/,cfi.c cfi_program.c elf.c)
$(OUT)/fuzz/request $(OUT)/replay/request: $(call src,shim/heap/*.c shim/observe/*.c shim/govern/*.c)
$(OUT)/fuzz/request $(OUT)/replay/request: FUZZ_LIBS = -lmimalloc -lpthread
$(OUT)/fuzz/heap $(OUT)/replay/heap: $(call src,shim/heap/*.c)
$(OUT)/fuzz/heap $(OUT)/replay/heap: FUZZ_LIBS = -lmimalloc -lpthread
$(OUT)/fuzz/proc $(OUT)/replay/proc: $(addprefix tools/,common/machine.c common/process.c common/sockets.c cli/target.c)
$(OUT)/fuzz/doctor $(OUT)/replay/doctor: $(addprefix tools/,common/process.c \
    $(addprefix doctor/,findings.c group.c mappings.c settings.c))
$(foreach t,record screen toprc,$(OUT)/fuzz/$t $(OUT)/replay/$t): $(call src,tools/common/*.c) \
    $(filter-out %/view.c %/memgov-top.c,$(call src,tools/top/*.c))
$(foreach t,record screen toprc,$(OUT)/fuzz/$t $(OUT)/replay/$t): FUZZ_LIBS = $(TOOL_LIBS)
$(OUT)/fuzz/profile $(OUT)/replay/profile: $(addprefix tools/common/,profile.c reply.c)
$(OUT)/fuzz/perfmap $(OUT)/replay/perfmap: $(addprefix tools/common/,perfmap.c reply.c names.c)
$(OUT)/fuzz/http $(OUT)/replay/http: $(addprefix tools/serve/,guard.c listen.c post.c route.c)
$(OUT)/fuzz/completion $(OUT)/replay/completion: $(addprefix tools/cli/,completion.c completion_offer.c) \
    $(call src,tools/common/*.c) $(filter-out %/view.c %/memgov-top.c,$(call src,tools/top/*.c))
$(OUT)/fuzz/completion $(OUT)/replay/completion: FUZZ_LIBS = $(TOOL_LIBS)
.PHONY: fuzz fuzz-replay
.PRECIOUS: $(OUT)/fuzz/% $(OUT)/replay/%
fuzz: $(FUZZ_TARGETS:%=$(OUT)/fuzz/%) ## fuzz the heap and every parser of outside text, SECONDS=60 each (clang)
	@tests/fuzz/run.py $(OUT) $(FUZZ_SECONDS) $(FUZZ_TARGETS)
fuzz-replay: $(FUZZ_TARGETS:%=replay-%) ## feed every fuzz target its corpus (no clang needed)
fuzz-%: $(OUT)/fuzz/%
	@tests/fuzz/run.py $(OUT) $(FUZZ_SECONDS) $*
replay-%: $(OUT)/replay/%
	$< tests/fuzz/corpus/$*/*

# SUITES are the names that tests/run knows; `make preload` is `make test SUITES=preload`.
SUITES ?=
.PHONY: demo demo-oom test preload hazards faults screen real page soak stress check-asan check-ubsan check-tsan lint format
demo: $(LIB) $(TOOLS)                 ## a real program runs into its ceiling and lives, and what memgov shows of it
	@BUILD=$(OUT) tests/demo/run
demo-oom: $(LIB) $(TOOLS)             ## as root: the kernel's OOM killer comes, and with memgov it does not
	@BUILD=$(OUT) tests/demo/oom
test: all $(OUT)/unit $(FUZZ_TARGETS:%=$(OUT)/replay/%) $(VICTIMS) $(REAL) $(STRESS) ## every test; ends with `N passed, N failed`
	@tests/run $(OUT) $(SUITES)
preload: all $(VICTIMS)               ## the preload suite: small programs under memgov
	@tests/run $(OUT) preload
hazards: all $(VICTIMS)               ## the hazards suite: what breaks preloaded allocators
	@tests/run $(OUT) hazards
faults: all $(VICTIMS)                ## the faults suite: what the kernel may refuse, and a machine may lack
	@tests/run $(OUT) faults
screen: all                           ## the screen suite: memgov-top on a real terminal, compared with golden texts
	@tests/run $(OUT) screen
real: all $(REAL)                     ## the real suite: programs of Debian under memgov
	@tests/run $(OUT) real
# PROGRAMS are parts of their names; tests/real/matrix/run.py --list knows all.
.PHONY: test-real
test-real: all                        ## the matrix: many real programs in every setting, against themselves without memgov
	@$(MAKE) --no-print-directory DEBUG=1 build/debug/libmemgov.so
	@BUILD=$(OUT) tests/real/matrix/run.py $(PROGRAMS)
page: all $(REAL)                     ## the page of `memgov serve` in a real browser
	@tests/run $(OUT) page
soak: all $(SOAK)                     ## a mixed load for MINUTES=30, and nothing may have grown
	@SOAK_MINUTES=$(or $(MINUTES),30) tests/run $(OUT) soak
stress: $(STRESS)                     ## stress programs, STRESS_SECONDS=10 each
	@STRESS_SECONDS=$(or $(STRESS_SECONDS),10) tests/run $(OUT) stress
check-asan: $(LIB)                    ## unit tests, fuzz replay and memgov serve under AddressSanitizer
	@$(MAKE) --no-print-directory SANITIZE=address sanitized
check-ubsan: $(LIB)                   ## the same under UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory SANITIZE=undefined sanitized
coverage:                             ## which lines and functions the tests run; SUITES="unit preload", or more
	@$(MAKE) --no-print-directory COVERAGE=1 covered
check-tsan: $(LIB)                    ## stress programs and memgov serve under ThreadSanitizer
	@$(MAKE) --no-print-directory SANITIZE=thread threads
.PHONY: coverage covered
covered: all $(OUT)/unit $(VICTIMS) $(REAL)
	@tests/coverage/run.py $(OUT) $(or $(SUITES),unit preload)
.PHONY: sanitized threads
sanitized: $(OUT)/unit $(FUZZ_TARGETS:%=$(OUT)/replay/%) $(OUT)/memgov
	@tests/run $(OUT) unit fuzz serve
threads: $(STRESS) $(OUT)/memgov
	@STRESS_SECONDS=$(or $(STRESS_SECONDS),10) tests/run $(OUT) stress serve

# SECTIONS are those of tests/bench/run.py --help; `make bench SECTIONS="pairs redis" QUICK=1`.
BENCHES = $(patsubst tests/bench/%.c,$(OUT)/bench/%,$(wildcard tests/bench/*.c))
$(OUT)/bench/%: tests/bench/%.c $(wildcard tests/bench/*.h) shim/memgov.h $(OUT)/.flags
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) -std=gnu11 -D_GNU_SOURCE -I. $(WARN) -O2 -fno-builtin -o $@ $< -ldl -lpthread
SECTIONS ?=
.PHONY: bench
bench: $(LIB) $(TOOLS) $(BENCHES)     ## memgov beside glibc, jemalloc, tcmalloc and mimalloc; 15 minutes, QUICK=1 three
	@tests/bench/run.py $(OUT) $(SECTIONS) $(if $(QUICK),--quick)

lint: all $(DOC)                      ## every check of tests/lint; says which failed
	@tests/lint/run $(OUT) $(CHECKS)
docs: $(DOC)                          ## write the tables into README.md
	$(DOC) readme README.md
	python3 tests/hazards/run.py --readme README.md
picture: all                          ## write the pictures of memgov-top and of the page, from real screens
	tools/top/picture $(OUT)
	/usr/bin/python3 tools/serve/picture $(OUT)
format:                               ## clang-format 14 over all C files
	@tests/lint/format.sh --fix

# What is installed: mode, file, where to; and links: what they name, where they are.
API       = $(shell sed -n 's/^MEMGOV_WEAK [a-z0-9_]* \(memgov_[a-z_]*\).*/\1/p' shim/memgov.h)
to        = $(foreach f,$(2),$(1):$f:$(3)/$(notdir $f))
INSTALLED = $(call to,644,$(LIB),$(LIBDIR)) $(call to,755,$(TOOLS),$(BINDIR)) $(call to,644,shim/memgov.h,$(INCDIR)) \
            $(call to,644,$(OUT)/memgov.pc,$(LIBDIR)/pkgconfig) \
            $(foreach page,$(MAN),$(call to,644,$(page),$(MANDIR)/man$(subst .,,$(suffix $(page))))) \
            644:tools/cli/completion.bash:$(COMPDIR)/memgov \
            $(call to,644,$(filter-out %.test.yml,$(wildcard tools/serve/prometheus/*)),$(DATADIR)/memgov/prometheus) \
            $(call to,644,$(wildcard tools/examples/*),$(DOCDIR)/examples) $(call to,644,README.md LICENSE,$(DOCDIR))
LINKS     = $(API:%=memgov.h.3:$(MANDIR)/man3/%.3) memgov:$(COMPDIR)/memgov-top
.PHONY: install uninstall
install: all $(OUT)/memgov.pc         ## library, tools, header, manual and examples below PREFIX (/usr/local), under DESTDIR
	@for f in $(INSTALLED); do \
		IFS=:; set -- $$f; install -D -m $$1 $$2 "$(DESTDIR)$$3" || exit 1; done
	@for f in $(LINKS); do \
		IFS=:; set -- $$f; ln -sf $$1 "$(DESTDIR)$$2" || exit 1; done
uninstall:                            ## remove what install put there
	@for f in $(INSTALLED) $(LINKS); do rm -f "$(DESTDIR)$${f##*:}"; done
	@rmdir $(foreach d,$(DATADIR)/memgov/prometheus $(DATADIR)/memgov $(DOCDIR)/examples $(DOCDIR),"$(DESTDIR)$d") 2> /dev/null || true
$(OUT)/memgov.pc: shim/memgov.pc.in FORCE
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCDIR@|$(INCDIR)|; s|@VERSION@|$(VERSION)|' $< > $@

# The package is built from a copy of the tree, where tools/deb is debian/. It says which commit it is of, when that has no
# tag: 1.2.3+4.gabcdef0. Whoever hands it on sets DEBFULLNAME and DEBEMAIL, as for all tools of Debian.
MAINTAINER  = $(or $(DEBFULLNAME),memgov authors) <$(or $(DEBEMAIL),memgov@$(shell hostname))>
DEB         = $(OUT)/deb/memgov-$(DEB_VERSION)
DEB_VERSION = $(or $(if $(TAG),$(shell git describe --tags --match 'v[0-9]*' | sed 's/^v//; s/-/+/; s/-/./')),$(VERSION))
comma      := ,
space      := $(subst ,, )
.PHONY: deb test-deb
deb: deps                             ## a Debian package: build/deb/memgov_VERSION_ARCHITECTURE.deb
	@rm -rf $(OUT)/deb
	@mkdir -p $(DEB)
	@tar -c --exclude=./build --exclude=.git . | tar -x -C $(DEB)
	@cp -r tools/deb $(DEB)/debian
	@sed -i 's|@MAINTAINER@|$(MAINTAINER)|; s|@BUILD_PACKAGES@|$(subst $(space),$(comma) ,$(strip $(filter-out gcc libc6-dev,$(BUILD_PACKAGES))))|' \
		$(DEB)/debian/control
	@printf 'memgov (%s) unstable; urgency=medium\n\n  * Packaged from version %s.\n\n -- %s  %s\n' '$(DEB_VERSION)' '$(DEB_VERSION)' \
		'$(MAINTAINER)' "$$(git log -1 --format=%aD 2> /dev/null || date -R)" > $(DEB)/debian/changelog
	$(Q)cd $(DEB) && env -u CFLAGS -u LDFLAGS -u MAKEFLAGS -u MFLAGS dpkg-buildpackage -b -us -uc -ui > ../log 2>&1 || { tail -30 ../log; exit 1; }
	@ls $(OUT)/deb/memgov_*.deb
test-deb: deb                         ## the package in a Debian made for it: apt, Docker's steps, systemd; as root, 10 minutes
	@BUILD=$(OUT) tests/real/clean_root.py $(OUT)/deb/memgov_*.deb

clean:                                ## remove build/
	rm -rf build

-include $(shell find $(OUT)/obj -name '*.d' 2>/dev/null)
