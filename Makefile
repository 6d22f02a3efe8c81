# SPDX-License-Identifier: ISC
#
# For GNU make and bmake alike.  `make help' lists the targets.  configure is run
# when it has to be; it writes the differences between systems, and the variables
# that make was given, to $(B)/config.mk.

B = build
CFLAGS = -O2 -g
WARN = -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
WERROR =
VERSION = 0.1
SOVERSION = 0

all:

# Some targets must work where nothing is installed yet: without configure.
sinclude $(B)/config.mk
CONFIG != case '$(MAKECMDGOALS)$(.TARGETS)' in \
	bench | bench-check | check | clean | coverage | deb | deb-check | \
	demo | fuzz | help | hostile | install-man | install-recipes | lint | matrix | soak | \
	uninstall | valgrind) \
		echo /dev/null; exit 0 ;; \
	esac; \
	./configure -u B='$(B)' CC='$(CC)' AR='$(AR)' OBJCOPY='$(OBJCOPY)' \
	    PKG_CONFIG='$(PKG_CONFIG)' OS='$(OS)' CFLAGS='$(CFLAGS)' \
	    CPPFLAGS='$(CPPFLAGS)' LDFLAGS='$(LDFLAGS)' \
	    SANDBOX='$(SANDBOX)' PREFILTER='$(PREFILTER)' LTO='$(LTO)' \
	    PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' MANDIR='$(MANDIR)' \
	    BASHDIR='$(BASHDIR)' ZSHDIR='$(ZSHDIR)' FISHDIR='$(FISHDIR)' \
	    WIRESHARKDIR='$(WIRESHARKDIR)' \
	    EXAMPLEDIR='$(EXAMPLEDIR)' PCDIR='$(PCDIR)' UNITDIR='$(UNITDIR)' \
	    >&2 && \
	echo '$(B)/config.mk' || echo configure-failed
include $(CONFIG)

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
WIRESHARKDIR ?= $(LIBDIR)/wireshark
EXAMPLEDIR ?= $(PREFIX)/share/doc/divio/examples
PCDIR ?= $(LIBDIR)/pkgconfig
UNITDIR ?= $(PREFIX)/lib/systemd/system
DESTDIR =

# Sources, a folder a line; configure adds those of the system.

LIB = base/clock base/fdpass base/sparse base/table \
	stream/frame stream/frame_codec stream/reader stream/slots \
	stream/slots_edit stream/writer \
	packet/checksum packet/dns_name packet/field packet/filter \
	packet/packet packet/prefixes packet/reason packet/regex \
	packet/reject packet/repair packet/timelimit \
	tcp/accept tcp/ack tcp/handshake tcp/input tcp/ofo tcp/option tcp/orphan \
	tcp/output tcp/pmtu tcp/resend tcp/rexmit tcp/saved tcp/segment tcp/seqmap \
	tcp/table tcp/track \
	reassembly/accept reassembly/due reassembly/dupack reassembly/edit \
	reassembly/gap reassembly/history reassembly/hold reassembly/past \
	reassembly/reass \
	proto/dns proto/dns_answer proto/dns_compose proto/dns_list \
	proto/dns_message proto/dns_rule proto/dns_svcb proto/dns_text \
	proto/hostname proto/hostname_dns proto/hostname_http \
	proto/hostname_http_line proto/hostname_tls proto/names \
	proto/names_adblock proto/names_parse proto/names_zone proto/quic \
	proto/quic_packet \
	codec/compressed codec/format codec/hex codec/pcap codec/pcap_classic \
	codec/pcap_link codec/pcap_link_ethertype codec/pcap_link_firewall \
	codec/pcap_link_wifi \
	codec/pcapng codec/pcapng_read codec/short codec/text codec/text_attr \
	codec/text_column codec/text_field codec/text_new \
	port/idwin port/port port/sink port/sink_frag port/sink_mtu \
	port/sink_slot \
	port/sink_tcp \
	$(LIB_SYSTEM)
LIBDIVERT = address helper known preload
COMMON_ALL = community eve filter getopt histogram limit luhn names option \
	outfile pktkey privsep random reass refer reload select selection \
	signals tool unit
COMMON = $(COMMON_ALL) $(COMMON_SYSTEM)
DIVCAT = both convert counter divcat input metrics read ready report timing write \
	$(DIVCAT_SYSTEM)
DIVDELAY = codel corrupt count delay dist divdelay event field impair link \
	order pool profile queue slot trace
DIVDROP = divdrop loss police reject
DIVMARK = alert answers divmark eve flows lists match output patterns reass \
	request \
	$(DIVMARK_SYSTEM)
# all but main() and the output: the fuzzer has its own
DIVSED_SCRIPT = address block compile dns flow header log mask pattern \
	process reass source space subst text verdict
DIVSED = divsed lists output $(DIVSED_SCRIPT)
STAT = dns flow format frame_clock key name stats table tcp
DIVSTAT = charts conn divstat eve machine prom report series svg text
DIVTOP = curve divtop help keyboard names resolver screen view

# Objects

O = $(B)/obj
LIB_O = $(LIB:%=$(O)/lib/libdivio/%.o)
LIBDIVERT_O = $(LIBDIVERT:%=$(O)/lib/libdivert/%.o)
DEFRAG_O = $(O)/bin/divcat/defrag_linux.o
COMMON_O = $(COMMON:%=$(O)/bin/common/%.o)
STAT_O = $(STAT:%=$(O)/bin/stat/%.o)
divcat_O = $(DIVCAT:%=$(O)/bin/divcat/%.o)
divdelay_O = $(DIVDELAY:%=$(O)/bin/divdelay/%.o)
divdrop_O = $(DIVDROP:%=$(O)/bin/divdrop/%.o)
divmark_O = $(DIVMARK:%=$(O)/bin/divmark/%.o)
divsed_O = $(DIVSED:%=$(O)/bin/divsed/%.o)
divstat_O = $(DIVSTAT:%=$(O)/bin/divstat/%.o) $(STAT_O)
divtop_O = $(DIVTOP:%=$(O)/bin/divtop/%.o) $(STAT_O)
divdelay_LIBS = -lm
divmark_LIBS = $(MARK_LIBS)
divtop_LIBS = $(CURSES_LIBS)

TOOLS = $(PROGRAMS:%=$(B)/bin/%)
LIBDIVIO_A = $(B)/libdivio.a
LIBDIVIO_SO = $(B)/libdivio.so.$(SOVERSION)
LIBDIVERT_SO = $(B)/libdivert.so
# The archive for tools and tests: also what is not public, member by member.
A = $(O)/libdivio.a

PORTABLE_O = $(LIB_O) $(COMMON_O) $(divcat_O) $(divdelay_O) $(divdrop_O) \
	$(divmark_O) $(divsed_O) $(divstat_O) \
	$(DIVTOP:%=$(O)/bin/divtop/%.o)
LINUX_O = $(LIBDIVERT_O)

include tests/Makefile

#: all          the tools and the libraries, into B=build
all: $(TOOLS) $(LIBDIVIO_A) $(SHARED)
	@$(DEPEND)

objects: $(LIB_O) $(COMMON_O) $(PROGRAMS_O)

INCLUDES = -Ilib/libdivio -Ibin/common -Ibin
COMPILE = $(CC) -std=gnu11 -fPIC $(PROTECT) $(HARDEN) -pthread $(CPPFLAGS) \
	$(CFLAGS) $(WARN) $(WERROR) $(DEFINES) $(INCLUDES) $(PKG_CFLAGS) \
	$(TOOL_CFLAGS) -MMD -MP
LINK = $(CC) -pthread $(CFLAGS) $(LDFLAGS)

$(PORTABLE_O) $(LINUX_O) $(TESTS_O): $(B)/config.mk
	@mkdir -p $(@D); o=$@; s=$${o#$(O)/}; s=$${s%.o}.c; d=$${o%.o}.d; \
	    case $$s in tests/*) lto=;; *) lto='$(LTO_FLAGS)';; esac; \
	    echo "$(CC) $$s"; $(COMPILE) $$lto -c -o $$o $$s && \
	    echo "$$s:" >>$$d && cat $$d >>$(B)/depend

$(B)/config.mk:

$(A): $(LIB_O)
	@rm -f $@; echo "$(AR) $@"; $(AR) rc $@ $(LIB_O)

# The archive for others has one member, in which all names are hidden but div_*.
ONE = $(O)/libdivio.o
HIDE_hidden = $(CC) $(CFLAGS) $(NO_LTO) -r -nostdlib -o $(ONE) $(LIB_O) && \
	$(OBJCOPY_FOUND) -w -R '.gnu.*lto_*' --keep-global-symbol='div_*' \
	    $(ONE) && \
	$(AR) rc $@ $(ONE)
HIDE_plain = $(AR) rc $@ $(LIB_O)
$(LIBDIVIO_A): $(LIB_O)
	@rm -f $@; echo "$(AR) $@"; $(HIDE_$(ARCHIVE))

$(LIBDIVIO_SO): $(LIB_O) lib/libdivio/libdivio.map
	@echo "$(CC) $@"; $(LINK) $(NO_LTO) -shared \
	    -Wl,-soname,libdivio.so.$(SOVERSION) \
	    -Wl,--version-script=lib/libdivio/libdivio.map \
	    -o $@ $(LIB_O) $(PKG_LIBS)

$(LIBDIVERT_SO): $(LIBDIVERT_O) $(DEFRAG_O) $(A) lib/libdivert/libdivert.map
	@echo "$(CC) $@"; $(LINK) $(NO_LTO) -shared -Wl,-soname,libdivert.so \
	    -Wl,--version-script=lib/libdivert/libdivert.map \
	    -o $@ $(LIBDIVERT_O) $(DEFRAG_O) $(A) $(PKG_LIBS) -ldl

# A program depends on the objects that it was linked with, members of archives
# too, as the linker names them (-t): $(PROGRAM) adds them to $(B)/depend.  All
# that it might need must be there before it is linked for the first time, but is
# no reason to link it again: so a file stands for that which is made once.
PROGRAM = link() { mkdir -p $(@D); echo "$(CC) $@"; \
	d=$@.d; d=$(O)/linked/$${d\#$(B)/}; mkdir -p $${d%/*}; \
	case $$d in */bin/*) lto='$(LTO_FLAGS)';; *) lto=$(NO_LTO);; esac; \
	used=$$($(LINK) $$lto -Wl,-t -Wl,-t -o $@ "$$@") && echo "$$used" | \
	tr '()' '  ' | awk -v target=$@ -v objects="$(LIB_O) $(UNIT_LIB_O)" ' \
	BEGIN { for (n = split(objects, o); n > 0; n--) { name = o[n]; \
		sub(/.*\//, "", name); path[name] = path[name] " " o[n] } } \
	$$1 ~ /\.a$$/ && $$2 in path { used = used path[$$2] } \
	$$1 ~ /\.o$$/ && index($$1, "$(O)/") == 1 { used = used " " $$1 } \
	END { print target ":" used; if (used) print used ":" }' \
	>$$d && cat $$d >>$(B)/depend; }; link

READY = $(O)/bin.ready $(O)/unit.ready $(O)/fuzz.ready $(O)/test.ready
$(READY): $(A)
	@[ -e $@ ] || : >$@

$(B)/bin/divcat: $(divcat_O)
$(B)/bin/divdelay: $(divdelay_O)
$(B)/bin/divdrop: $(divdrop_O)
$(B)/bin/divmark: $(divmark_O)
$(B)/bin/divsed: $(divsed_O)
$(B)/bin/divstat: $(divstat_O)
$(B)/bin/divtop: $(divtop_O)
$(TOOLS): $(COMMON_O) $(O)/bin.ready
	@$(PROGRAM) $(HARDEN_LINK) $($(@F)_O) $(COMMON_O) $(A) $($(@F)_LIBS) \
	    $(PKG_LIBS) $(TOOL_LIBS)

# The depend files as one, without what earlier runs have said.
DEPEND = find $(O) -name '*.d' -exec cat {} + >$(B)/depend

#: install      with PREFIX=/usr/local, LIBDIR, MANDIR, BASHDIR, ZSHDIR, FISHDIR,
#:              WIRESHARKDIR, EXAMPLEDIR, PCDIR, UNITDIR, DESTDIR
install: all install-man install-completions install-recipes install-wireshark \
    $(UNIT_INSTALL)
	mkdir -p $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/include
	mkdir -p $(DESTDIR)$(LIBDIR) $(DESTDIR)$(PCDIR)
	mkdir -p $(DESTDIR)$(PREFIX)/share/divio
	install -m 755 $(TOOLS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 lib/libdivio/divio.h $(DESTDIR)$(PREFIX)/include
	install -m 644 $(LIBDIVIO_A) $(SHARED) $(DESTDIR)$(LIBDIR)
	install -m 644 bin/divstat/grafana.json \
	    $(DESTDIR)$(PREFIX)/share/divio
	[ ! "$(SHARED)" ] || ln -sf libdivio.so.$(SOVERSION) \
	    $(DESTDIR)$(LIBDIR)/libdivio.so
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@LIBDIR@|$(LIBDIR)|' \
	    -e 's|^libdir=$(PREFIX)/|libdir=$${prefix}/|' \
	    -e 's|@VERSION@|$(VERSION)|' -e 's|@PKGS@|$(PC_MODULES)|' \
	    -e 's|@LIBS@|$(PC_LIBS)|' lib/libdivio/divio.pc.in \
	    >$(DESTDIR)$(PCDIR)/divio.pc
	[ "$(DESTDIR)" ] || ldconfig || true

# man(1) searches section 5 before 7: the link opens divio(7) for "man divio"
install-man:
	for i in 1 3 5 7; do \
	    mkdir -p $(DESTDIR)$(MANDIR)/man$$i; \
	    install -m 644 man/*.$$i $(DESTDIR)$(MANDIR)/man$$i; done
	ln -sf ../man7/divio.7 $(DESTDIR)$(MANDIR)/man1/divio.1

# From what the tools print with --help, if they are for this system.
install-completions: $(TOOLS)
	mkdir -p $(DESTDIR)$(BASHDIR) $(DESTDIR)$(ZSHDIR) $(DESTDIR)$(FISHDIR)
	umask 022; for tool in $(TOOLS); do \
	    t=$${tool##*/}; \
	    $$tool -V >/dev/null 2>&1 || { echo "no completions: $$t"; exit 0; }; \
	    bin/completions bash $$tool >$(DESTDIR)$(BASHDIR)/$$t && \
	    bin/completions zsh $$tool >$(DESTDIR)$(ZSHDIR)/_$$t && \
	    bin/completions fish $$tool >$(DESTDIR)$(FISHDIR)/$$t.fish || \
	    exit; done

# Below LIBDIR, distributions have the folders that Wireshark looks into.
install-wireshark:
	mkdir -p $(DESTDIR)$(WIRESHARKDIR)/extcap $(DESTDIR)$(WIRESHARKDIR)/plugins
	install -m 755 bin/wireshark/divdump $(DESTDIR)$(WIRESHARKDIR)/extcap
	install -m 644 bin/wireshark/divio.lua $(DESTDIR)$(WIRESHARKDIR)/plugins

install-recipes:
	man/recipes $(DESTDIR)$(EXAMPLEDIR)

install-unit:
	mkdir -p $(DESTDIR)$(UNITDIR)
	install -m 644 packaging/systemd/divio@.service $(DESTDIR)$(UNITDIR)

#: uninstall    removes what install put there
uninstall:
	for t in divcat divsed divdelay divdrop divmark divstat divtop; do \
	    rm -f $(DESTDIR)$(PREFIX)/bin/$$t $(DESTDIR)$(BASHDIR)/$$t \
	    $(DESTDIR)$(ZSHDIR)/_$$t $(DESTDIR)$(FISHDIR)/$$t.fish; done
	rm -f $(DESTDIR)$(PREFIX)/include/divio.h
	rm -rf $(DESTDIR)$(PREFIX)/share/divio
	cd $(DESTDIR)$(LIBDIR) && rm -f libdivio.a libdivio.so \
	    libdivio.so.$(SOVERSION) libdivert.so
	rm -f $(DESTDIR)$(WIRESHARKDIR)/extcap/divdump \
	    $(DESTDIR)$(WIRESHARKDIR)/plugins/divio.lua
	rm -f $(DESTDIR)$(PCDIR)/divio.pc $(DESTDIR)$(UNITDIR)/divio@.service
	for d in $$(man/recipes); do rm -rf $(DESTDIR)$(EXAMPLEDIR)/$$d; done
	rmdir $(DESTDIR)$(EXAMPLEDIR) 2>/dev/null || :
	rm -f $(DESTDIR)$(MANDIR)/man1/divio.1
	for i in man/*.[1357]; do m=$${i##*/}; \
	    rm -f $(DESTDIR)$(MANDIR)/man$${m##*.}/$$m; done

#: clean        removes B
clean:
	rm -rf $(B)

#: help         prints this
help:
	@sed -n 's/^#: //p' Makefile tests/Makefile

.PHONY: all objects install install-completions install-man install-recipes \
	install-unit install-wireshark uninstall clean help
.SUFFIXES:

sinclude $(B)/depend
