# SPDX-License-Identifier: ISC
#
# For GNU make and bmake alike.  "make B=dir CFLAGS=..." builds elsewhere, and
# for other systems: "make OS=FreeBSD CC='clang --target=x86_64-unknown-freebsd13
# --sysroot=dir' LDFLAGS=-static".

PREFIX = /usr/local
DESTDIR =
B = build
T = 600
M = 1024
LINT = cppcheck gcc clang-tidy clang
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
OS != uname -s
VERSION = 0.1
SOVERSION = 0

PKGS_Linux = libbsd-overlay libmnl libpcre2-8 libxxhash libpcap jansson
PKGS_FreeBSD = libpcre2-8
PKGS_OpenBSD = libpcre2-8
PKGS_DragonFly = libpcre2-8
LIBS_Linux = -lresolv
LIBS_FreeBSD = -lpcre2-8 -lpcap
LIBS_OpenBSD = -lpcre2-8 -lpcap
LIBS_DragonFly = -lpcre2-8 -lpcap
TOOL_PKGS_Linux = libseccomp libcap-ng
PKGS = $(PKGS_$(OS))
PKG_CFLAGS != pkg-config --cflags $(PKGS) 2>/dev/null || true
TOOL_CFLAGS != pkg-config --cflags $(TOOL_PKGS_$(OS)) 2>/dev/null || true
TOOL_LIBS != echo $(LIBS_$(OS)); pkg-config --libs $(PKGS) \
	$(TOOL_PKGS_$(OS)) 2>/dev/null || true
PKG_LIBS != echo $(LIBS_$(OS)); pkg-config --libs $(PKGS) 2>/dev/null || true
CURSES_LIBS != pkg-config --libs ncursesw 2>/dev/null || true
# the live screen is built where there is ncurses
SCREEN != pkg-config --exists ncursesw 2>/dev/null && echo divtop || true

# Where libxxhash can choose its vectors when it runs, it has this header.
DIGEST != [ "$(OS)" = Linux ] && \
	$(CC) -E -include xxh_x86dispatch.h -x c /dev/null >/dev/null 2>&1 \
	&& echo dispatch || echo inline

# Of divmark only; libhs is hyperscan or vectorscan, and optional.
PREFILTER != pkg-config --exists libhs && echo hs || echo none
MARK_PKGS_hs = libhs
MARK_PKGS = $(MARK_PKGS_$(PREFILTER))
MARK_LIBS != pkg-config --libs $(MARK_PKGS) 2>/dev/null || true

# a program that is static has no use for a library that is not
LIBDIVERT_Linux = $(B)/libdivert.so
SHARED != case ' $(LDFLAGS) ' in *' -static '*) ;; \
	*) echo $(B)/libdivio.so.$(SOVERSION) $(LIBDIVERT_$(OS)) ;; esac

CPPFLAGS_Linux = -D_GNU_SOURCE
CPPFLAGS_FreeBSD = -DXXH_INLINE_ALL=
CPPFLAGS_OpenBSD = -DXXH_INLINE_ALL= -include lib/openbsd.h
CPPFLAGS_DragonFly = -DXXH_INLINE_ALL=
# _FORTIFY_SOURCE needs an optimiser, and sanitisers have their own
HARDEN != case "$(CFLAGS)" in *-fsanitize*|*-O0*|*--coverage*) ;; \
	*) echo -D_FORTIFY_SOURCE=2 ;; esac
HARDEN_x86_64 = -fcf-protection
HARDEN_LINK_Linux = -pie -Wl,-z,relro,-z,now
MACHINE != uname -m
COMPILE = $(CC) -std=gnu11 -fPIC -fstack-protector-strong $(HARDEN) \
	$(HARDEN_$(MACHINE)) -pthread $(CFLAGS) $(WARN) \
	$(CPPFLAGS_$(OS)) -Ilib/libdivio -Ibin $(PKG_CFLAGS) \
	$(TOOL_CFLAGS) -MMD -MP
LINK = $(CC) -pthread $(CFLAGS) $(HARDEN_$(MACHINE)) $(LDFLAGS)
LINK_TOOL = $(LINK) $(HARDEN_LINK_$(OS))

DNS = dns dns_compose dns_message dns_rule
DNS_Linux = $(DNS)
DNS_FreeBSD = $(DNS)
DNS_OpenBSD = dns_none
DNS_DragonFly = $(DNS)
JSON_Linux = json
JSON_FreeBSD = json_none
JSON_OpenBSD = json_none
JSON_DragonFly = json_none
PIPE_Linux = pipe_linux
PIPE_FreeBSD = pipe_none
PIPE_OpenBSD = pipe_none
PIPE_DragonFly = pipe_none
DIVERT = divert divert_keep
LIB_Linux = handover nfq_msg nfq_proc nfq_receive nfqueue emitted raw
LIB_FreeBSD = $(DIVERT) divert_freebsd divert_ipfw
LIB_OpenBSD = $(DIVERT) divert_openbsd
LIB_DragonFly = $(DIVERT) divert_dragonfly divert_ipfw
LIB = checksum clock digest_$(DIGEST) field filter flow flow_gap flow_held \
	flow_hole flow_option flow_packet flow_plain flow_promise flow_segment \
	flow_send frame hex hostname hostname_dns hostname_http hostname_tls ledger \
	names names_parse packet passing pcap pcap_classic pcap_link pcapfile \
	port reader regex reject repair seqmap sink sink_mtu sink_tcp span \
	span_edit span_held span_past text text_attr text_column text_field \
	text_new writer \
	$(DNS_$(OS)) $(JSON_$(OS)) $(PIPE_$(OS)) $(LIB_$(OS))
PLAIN = filter opener select spans tool
COMMON = $(PLAIN) $(CONFINE_$(SANDBOX))

# What watches a process from within needs more than a sandbox allows.
SANDBOX != case "$(CFLAGS)" in *-fsanitize*|*--coverage*) echo none ;; \
	*) echo $(OS) ;; esac
CONFINE_Linux = sandbox_linux
CONFINE_OpenBSD = sandbox_openbsd sandbox_user
CONFINE_FreeBSD = sandbox_freebsd sandbox_user
CONFINE_DragonFly = sandbox_none
CONFINE_none = sandbox_none
DIVCAT_Linux = rules_linux
DIVCAT_FreeBSD = rules_ipfw
DIVCAT_OpenBSD = rules_pf
DIVCAT_DragonFly = rules_ipfw
DIVCAT = both convert divcat input read report timing write $(DIVCAT_$(OS))
SCRIPT = address block compile dns flow header log mask \
	pattern process source space span subst text verdict
DIVSED = divsed output $(SCRIPT)
DIVDROP = chance divdrop match police rate tell
DIVMARK = alert divmark eve lists match patterns prefilter_$(PREFILTER) span
STAT = dns flow key stats table tcp words
DIVSTAT = conn divstat machine output report text
UNIT = checksum dns dns_hostile field filter flow flow_end flow_gap \
	flow_promise flow_property frame handover hex hostname json ledger \
	names nfq_msg nfqueue packet pcap pcap_link pcapfile port regex reject repair \
	repair_refuse seqmap span span_again span_edit stream text text_bad \
	text_new
HELPER = capture corpus dns_wire flow_edit flow_judge flow_lab flow_links \
	flow_model flow_world identity repair_lab span_lab
DIVTOP = divtop screen view
BENCH = bare best naive pingpong
DIVERT_Linux = calls families textbook
PRELOAD = break inject
FUZZ = dns flow hostname names nfq packet patterns script stream
FUZZ_STATE = state_first state_last state
# $(FUZZ_MAIN) is a main() that runs files, unless libFuzzer brings one
FUZZ_MAIN = main
FUZZ_LIBS =
FUZZ_CFLAGS = -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all

O = $(B)/obj
A = $(B)/libdivio.a
SO = $(B)/libdivio.so.$(SOVERSION)
LIB_O = $(LIB:%=$(O)/lib/libdivio/%.o)
COMMON_O = $(COMMON:%=$(O)/bin/%.o)
DIVCAT_O = $(DIVCAT:%=$(O)/bin/divcat/%.o)
DIVSED_O = $(DIVSED:%=$(O)/bin/divsed/%.o)
DIVDROP_O = $(DIVDROP:%=$(O)/bin/divdrop/%.o)
DIVMARK_O = $(DIVMARK:%=$(O)/bin/divmark/%.o)
STAT_O = $(STAT:%=$(O)/bin/stat/%.o)
DIVSTAT_O = $(DIVSTAT:%=$(O)/bin/divstat/%.o)
DIVTOP_O = $(DIVTOP:%=$(O)/bin/divtop/%.o)
UNIT_O = $(UNIT:%=$(O)/tests/unit/%.o)
UNIT_A = $(B)/unit.a
HELPER_O = $(HELPER:%=$(O)/tests/unit/%.o)
FUZZ_O = $(FUZZ:%=$(O)/tests/fuzz/%.o)
FUZZ_MAIN_O = $(FUZZ_MAIN:%=$(O)/tests/fuzz/%.o)
FUZZ_STATE_O = $(FUZZ_STATE:%=$(O)/tests/fuzz/%.o)
PRELOAD_O = $(PRELOAD:%=$(O)/tests/fault/%.o)
HOSTILE_O = $(O)/tests/fault/hostile.o
BENCH_LIB_O = $(O)/tests/bench/batch.o $(O)/tests/bench/queue.o
BENCH_O = $(BENCH:%=$(O)/tests/bench/%.o) $(BENCH_LIB_O)
# The backends of other systems are tested over scripted sockets and libdivert.
PLAIN_O = $(PLAIN:%=$(O)/bin/%.o) $(O)/bin/sandbox_none.o
FREEBSD_O = $(LIB_FreeBSD:%=$(O)/lib/libdivio/%.o)
OPENBSD_O = $(LIB_OpenBSD:%=$(O)/lib/libdivio/%.o)
BSD_NONE_Linux = bin/sandbox_none
BSD_Linux = $(BSD_NONE_$(SANDBOX)) lib/libdivio/divert lib/libdivio/divert_keep \
	lib/libdivio/divert_freebsd lib/libdivio/divert_ipfw \
	lib/libdivio/divert_openbsd tests/unit/divert_script \
	tests/unit/divert_freebsd tests/unit/divert_openbsd \
	$(DIVERT_Linux:%=tests/divert/%)
BSD_O = $(BSD_$(OS):%=$(O)/%.o)
BSD_T_Linux = $(B)/unit/divert_freebsd $(B)/unit/divert_openbsd \
	$(B)/test/freebsd/divcat $(B)/test/openbsd/divcat \
	$(DIVERT_Linux:%=$(B)/test/%)

LIBDIVERT_O = $(O)/lib/libdivert/address.o $(O)/lib/libdivert/helper.o \
	$(O)/lib/libdivert/preload.o
LIBDIVERT = $(B)/libdivert.so
LIBDIVERT_O_Linux = $(LIBDIVERT_O)

OBJS = $(LIB_O) $(COMMON_O) $(DIVCAT_O) $(DIVSED_O) $(DIVDROP_O) \
	$(DIVMARK_O) $(STAT_O) $(DIVSTAT_O) $(DIVTOP_O) $(UNIT_O) \
	$(HELPER_O) $(BENCH_O) $(PRELOAD_O) $(HOSTILE_O) $(FUZZ_O) \
	$(FUZZ_MAIN_O) $(FUZZ_STATE_O) $(BSD_O) $(LIBDIVERT_O_$(OS))

# need libraries that are optional elsewhere
TOOLS_Linux = $(B)/bin/divmark $(SCREEN:%=$(B)/bin/%)
TOOLS = $(B)/bin/divcat $(B)/bin/divsed $(B)/bin/divdrop $(B)/bin/divstat \
	$(TOOLS_$(OS))
UNIT_T = $(UNIT:%=$(B)/unit/%)
BENCH_P = $(BENCH:%=$(B)/test/%)
FUZZ_P = $(FUZZ:%=$(B)/fuzz/%)
PRELOAD_P = $(PRELOAD:%=$(B)/test/%.so)

all: $(TOOLS) $(A) $(SHARED)
	@cat $(O)/*/*.d $(O)/*/*/*.d >$(B)/depend

objects: $(LIB_O) $(COMMON_O) $(DIVCAT_O) $(DIVSED_O) $(DIVDROP_O) \
	$(STAT_O) $(DIVSTAT_O)

$(OBJS):
	@mkdir -p $(@D); o=$@; s=$${o#$(O)/}; s=$${s%.o}.c; \
	    echo "$(CC) $$s"; $(COMPILE) -c -o $@ $$s && \
	    cat $${o%.o}.d >>$(B)/depend

$(A): $(LIB_O)
	@rm -f $@; echo "$(AR) $@"
	@$(AR) rc $@ $(LIB_O)

$(SO): $(LIB_O) lib/libdivio/libdivio.map
	@echo "$(CC) $@"; $(LINK) -shared -Wl,-soname,libdivio.so.$(SOVERSION) \
	    -Wl,--version-script=lib/libdivio/libdivio.map \
	    -o $@ $(LIB_O) $(PKG_LIBS)

$(LIBDIVERT): $(LIBDIVERT_O) $(A) lib/libdivert/libdivert.map
	@echo "$(CC) $@"; $(LINK) -shared -Wl,-soname,libdivert.so \
	    -Wl,--version-script=lib/libdivert/libdivert.map \
	    -o $@ $(LIBDIVERT_O) $(A) $(PKG_LIBS) -ldl

$(B)/bin/divcat: $(DIVCAT_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVCAT_O) $(COMMON_O) $(A) $(TOOL_LIBS)

$(B)/bin/divsed: $(DIVSED_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVSED_O) $(COMMON_O) $(A) $(TOOL_LIBS)

$(B)/bin/divdrop: $(DIVDROP_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVDROP_O) $(COMMON_O) $(A) $(TOOL_LIBS)

$(B)/bin/divmark: $(DIVMARK_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVMARK_O) $(COMMON_O) $(A) $(TOOL_LIBS) $(MARK_LIBS)

$(B)/bin/divstat: $(DIVSTAT_O) $(STAT_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVSTAT_O) $(STAT_O) $(COMMON_O) $(A) $(TOOL_LIBS)

$(B)/bin/divtop: $(DIVTOP_O) $(STAT_O) $(COMMON_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; \
	    $(LINK_TOOL) -o $@ $(DIVTOP_O) $(STAT_O) $(COMMON_O) $(A) $(TOOL_LIBS) \
	    $(CURSES_LIBS)

$(UNIT_A): $(HELPER_O)
	@rm -f $@; $(AR) rc $@ $(HELPER_O)

$(UNIT_T): $(UNIT_O) $(UNIT_A) $(A)
	@mkdir -p $(@D); t=$@; echo "$(CC) $@"; $(LINK) -o $@ $(O)/tests/unit/$${t##*/}.o $(UNIT_A) $(A) \
	    $(PKG_LIBS) -lcmocka

$(B)/unit/divert_freebsd: $(BSD_O) $(UNIT_A) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; $(LINK) -o $@ $(FREEBSD_O) \
	    $(O)/tests/unit/divert_freebsd.o $(O)/tests/unit/divert_script.o \
	    $(UNIT_A) $(A) $(PKG_LIBS) -lcmocka

$(B)/unit/divert_openbsd: $(BSD_O) $(UNIT_A) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; $(LINK) -o $@ $(OPENBSD_O) \
	    $(O)/tests/unit/divert_openbsd.o $(O)/tests/unit/divert_script.o \
	    $(UNIT_A) $(A) $(PKG_LIBS) -lcmocka

$(B)/test/freebsd/divcat: $(DIVCAT_O) $(PLAIN_O) $(BSD_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; $(LINK) -o $@ $(DIVCAT_O) \
	    $(PLAIN_O) $(FREEBSD_O) $(A) $(PKG_LIBS)

$(B)/test/openbsd/divcat: $(DIVCAT_O) $(PLAIN_O) $(BSD_O) $(A)
	@mkdir -p $(@D); echo "$(CC) $@"; $(LINK) -o $@ $(DIVCAT_O) \
	    $(PLAIN_O) $(OPENBSD_O) $(A) $(PKG_LIBS)

$(DIVERT_Linux:%=$(B)/test/%): $(BSD_O)
	@mkdir -p $(@D); t=$@; echo "$(CC) $@"; $(LINK) -o $@ $(O)/tests/divert/$${t##*/}.o

$(BENCH_P): $(BENCH_O)
	@mkdir -p $(@D); t=$@; echo "$(CC) $@"; $(LINK) -o $@ $(O)/tests/bench/$${t##*/}.o $(BENCH_LIB_O) \
	    $(PKG_LIBS)

# Which objects of the tools a target needs, and how it is linked.
FUZZ_patterns = $(O)/bin/divmark/patterns.o \
	$(O)/bin/divmark/prefilter_$(PREFILTER).o $(MARK_LIBS)
FUZZ_script = $(O)/tests/fuzz/state_first.o $(SCRIPT_O) \
	$(O)/tests/fuzz/state_last.o $(O)/tests/fuzz/state.o -Wl,--wrap=errx
SCRIPT_O = $(SCRIPT:%=$(O)/bin/divsed/%.o) $(COMMON_O)

$(FUZZ_P): $(FUZZ_O) $(FUZZ_MAIN_O) $(FUZZ_STATE_O) $(DIVSED_O) $(DIVMARK_O) \
    $(COMMON_O) $(A)
	@mkdir -p $(@D); t=$@; t=$${t##*/}; echo "$(CC) $@"; \
	case $$t in \
	patterns) o="$(FUZZ_patterns)" ;; \
	script) o="$(FUZZ_script)" ;; \
	esac; \
	$(LINK) $(FUZZ_LIBS) -o $@ $(O)/tests/fuzz/$$t.o $(FUZZ_MAIN_O) $$o \
	    $(A) $(TOOL_LIBS)

fuzzers: $(FUZZ_P)

$(PRELOAD_P): $(PRELOAD_O)
	@mkdir -p $(@D); t=$@; t=$${t##*/}; echo "$(CC) $@"; \
	    $(LINK) -shared -o $@ $(O)/tests/fault/$${t%.so}.o

$(B)/test/hostile: $(HOSTILE_O)
	@mkdir -p $(@D); echo "$(CC) $@"; $(LINK) -o $@ $(HOSTILE_O)

tests: all $(UNIT_T) $(BENCH_P) $(PRELOAD_P) $(B)/test/hostile $(FUZZ_P) \
    $(BSD_T_$(OS))
	@cat $(O)/*/*.d $(O)/*/*/*.d >$(B)/depend

check:
	@tests/setup check
	@B=$(B) tests/check

demo:
	@tests/setup demo
	@$(MAKE) -s B=$(B) all
	@PATH=$$PWD/$(B)/bin:$$PATH tests/demo

fuzz:
	@tests/setup check
	@$(MAKE) -s B=$(B) tests
	@$(MAKE) -s B=$(B)/fuzzer CC=clang FUZZ_MAIN= \
	    FUZZ_LIBS=-fsanitize=fuzzer CFLAGS="-O1 -g $(FUZZ_CFLAGS)" fuzzers
	@B=$(B) tests/fuzz/run $(T)

soak:
	@tests/setup check
	@$(MAKE) -s B=$(B) all
	@PATH=$$PWD/$(B)/bin:$$PATH tests/soak $(T)

hostile:
	@tests/setup check
	@$(MAKE) -s B=$(B) tests
	@PATH=$$PWD/$(B)/bin:$$PWD/$(B)/test:$$PATH BUILD=$(B) MEGABYTES=$(M) \
	    SEED=$${SEED:-$$(date +%s)} prove -v tests/golden/hostile.t

# LINT says by what; the SOURCES are those that are compiled here.
SOURCES = $(OBJS:$(O)/%.o=%.c)
lint:
	@tests/setup check
	@SOURCES="$(SOURCES)" FLAGS="-std=gnu11 $(CPPFLAGS_$(OS)) -Ilib/libdivio \
	    -Ibin $(PKG_CFLAGS) $(TOOL_CFLAGS)" tests/lint $(LINT)

# Lines and branches of lib/ that the unit and golden tests run, and those tests
# of the network that are quick; _exit(2) would not write the counters.
COVERED_NET = both datagrams divert divsed dns errors handover mark stat \
	stranger
COVERAGE = $(B)/coverage
coverage:
	@tests/setup check
	@$(MAKE) -s B=$(COVERAGE) CFLAGS="-O0 -g --coverage -D_exit=exit" tests
	@find $(COVERAGE) -name "*.gcda" -exec rm {} +
	@PATH=$$PWD/$(COVERAGE)/bin:$$PWD/$(COVERAGE)/test:$$PATH; \
	    BUILD=$(COVERAGE); export PATH BUILD; \
	    SANITISED=yes prove -j 2 $(COVERAGE)/unit/* tests/golden/*.t && \
	    prove -j 2 tests/golden/fault.t $(COVERED_NET:%=tests/net/%.t)
	@gcovr --filter lib/ --print-summary --fail-under-line 90 \
	    --fail-under-branch 80 $(COVERAGE)/obj

valgrind:
	@tests/setup check
	@$(MAKE) -s B=$(B)/valgrind SANDBOX=none HARDEN= \
	    CFLAGS="-O1 -g -DSEARCH_TIME=4000000000" tests
	@B=$(B)/valgrind tests/valgrind

bench:
	@tests/setup bench
	@$(MAKE) -s B=$(B) tests
	@B=$(B) PATH=$$PWD/$(B)/bin:$$PATH tests/bench/run $(ARGS)

# fails when a ratio is worse than tests/bench/RESULTS.json says
bench-check:
	@$(MAKE) -s B=$(B) ARGS=-c bench

install: all
	mkdir -p $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include
	mkdir -p $(DESTDIR)$(PREFIX)/lib/pkgconfig
	for i in 1 3 5 7; do \
	    mkdir -p $(DESTDIR)$(PREFIX)/share/man/man$$i; done
	install -m 755 $(TOOLS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 lib/libdivio/divio.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(A) $(SHARED) $(DESTDIR)$(PREFIX)/lib
	ln -sf libdivio.so.$(SOVERSION) $(DESTDIR)$(PREFIX)/lib/libdivio.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	    -e 's|@PKGS@|$(PKGS)|' -e 's|@LIBS@|$(LIBS_$(OS))|' \
	    lib/libdivio/divio.pc.in \
	    >$(DESTDIR)$(PREFIX)/lib/pkgconfig/divio.pc
	for i in 1 3 5 7; do install -m 644 man/*.$$i \
	    $(DESTDIR)$(PREFIX)/share/man/man$$i; done
	[ "$(DESTDIR)" ] || ldconfig || true

uninstall:
	cd $(DESTDIR)$(PREFIX) && rm -f bin/divcat bin/divsed bin/divdrop \
	    bin/divmark bin/divstat bin/divtop include/divio.h lib/libdivio.a \
	    lib/libdivio.so lib/libdivio.so.$(SOVERSION) lib/libdivert.so \
	    lib/pkgconfig/divio.pc
	for i in man/*.[1357]; do m=$${i##*/}; \
	    rm -f $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/$$m; done

clean:
	rm -rf $(B)

.PHONY: all objects tests fuzzers check demo fuzz soak hostile lint coverage \
	valgrind bench bench-check install uninstall clean

sinclude $(B)/depend
