#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2030,SC2031,SC2154
#
# The manual pages: they name all that there is, and what they show works.
# Commands after "$" run as they stand; those after "#" run with a stand-in for
# divcat that takes packets from a file where a port would be.

top=$(pwd)
build=$top/${BUILD:-build}
. tests/golden/lib.sh
here=$top/tests/golden
man=$top/man
lib=$top/lib/libdivio

# same NAME: the sorted lists in got and wanted are the same
same() {
	ok "$1: there are some" test -s wanted
	sort -u got >got.sorted
	sort -u wanted >wanted.sorted
	is_file "$1" got.sorted wanted.sorted
}

# section PAGE NAME: its source
section() {
	awk -v name="$2" '/^\.Sh / { inside = $2 == name; next } inside' \
	    "$man/$1"
}

# listing PAGE REGEX: the literal block that begins so, as a program
listing() {
	(cd "$top" && . tests/net/lab.sh && lab_listing "man/$1" "$2")
}

# libdivio.3 and the header
grep -o 'div_[a-z_]*(' "$lib/divio.h" | tr -d '(' >wanted
section libdivio.3 NAME | sed -n 's/^\.Nm \(div_[^ ]*\).*/\1/p' >got
same 'libdivio.3: NAME'
section libdivio.3 SYNOPSIS | sed -n 's/^\.F[no] \([^ ]*\).*/\1/p' >got
same 'libdivio.3: SYNOPSIS'
section libdivio.3 DESCRIPTION | sed -n 's/^\.It Fn \([^ ]*\).*/\1/p' >got
same 'libdivio.3: DESCRIPTION'
section libdivio.3 SYNOPSIS | awk '
    BEGIN { print "#include \"divio.h\"" }
    /^\.Ft / { type = substr($0, 5) }
    /^\.Fn / {
	name = $2
	sub(/^\.Fn [^ ]* */, "")
	gsub(/" "/, ", ")
	gsub(/"/, "")
	print type, name "(" $0 ");"
    }
    /^\.Fo / { name = $2; args = "" }
    /^\.Fa / {
	gsub(/^\.Fa "|"$/, "")
	args = args (args == "" ? "" : ", ") $0
    }
    /^\.Fc/ { print type, name "(" args ");" }' >synopsis.c
run cc -fsyntax-only -I"$lib" synopsis.c
is 'libdivio.3: SYNOPSIS and header agree' "$status$(cat err)" 0
grep -Eo 'DIV_(O|F|FMT|RE|REFUSE)_[A-Z]+' "$lib/divio.h" >wanted
grep -Eo 'DIV_(O|F|FMT|RE|REFUSE)_[A-Z]+' "$man/libdivio.3" >got
same 'libdivio.3: constants'
sed -n '/^struct div_frame {/,/^}/s/^	//p' "$lib/divio.h" >wanted
listing libdivio.3 '^uint8_t' >got
is_file 'libdivio.3: struct div_frame' got wanted

# divio.5 and the text format
sed -n 's/.*ROW("\([a-z]*\)".*/\1/p' "$lib/codec/text_attr.c" >wanted
sed -n '/^\.It Sy key/,/^\.El/s/^\.It Cm \([a-z]*\) Ta.*/\1/p' \
    "$man/divio.5" >got
same 'divio.5: attributes'
sed -n '/columns\[NCOLUMNS\] = {/,/}/p' "$lib/codec/text_column.c" |
    grep -o '"[a-z]*"' | tr -d '"' >wanted
sed -n '/^\.It Sy field Ta Sy contents/,/^\.El/s/^\.It \([a-z]*\) Ta.*/\1/p' \
    "$man/divio.5" >got
is_file 'divio.5: fields' got wanted

sed -n 's/^	{ \([0-9]*\), [A-Z0-9_]*, [a-z_0-9]*, [01] },$/\1/p' \
    "$lib/codec/pcap_link.c" >wanted
sed -n '/^\.It Sy type Ta Sy contents/,/^\.El/s/^\.It \([0-9, ]*\) Ta.*/\1/p' \
    "$man/divio.5" | tr -d ' ' | tr , '\n' >got
same 'divio.5: link types'

# The pages of the tools: options, usage, counters.
for tool in divcat divsed divdrop divdelay divmark divstat divtop; do
	run "$tool" --help
	is "$tool --help: status" "$status" 0
	sed -n 's/^  -\(.\), --\([a-z-]*\) \([^ ][^ ]*\)  .*/\1 \2 \3/p
	    s/^  -\(.\), --\([a-z-]*\)  .*/\1 \2/p' out >wanted
	sed -n 's/^\.It Fl \(.\) , Fl -\([a-z-]*\) Ar \([^ ]*\).*/\1 \2 \3/p
	    s/^\.It Fl \(.\) , Fl -\([a-z-]*\) Op Cm \(.*\)/\1 \2 [\3]/p
	    s/^\.It Fl \(.\) , Fl -\([a-z-]*\)$/\1 \2/p
	    s/^\.It Fl \(.\)$/\1 without a long name/p
	    s/^\.It Fl \(.\) [^,].*/\1 without a long name/p' "$man/$tool.1" >got
	same "$tool.1: options"
	sed '/^$/,$d' out | tr -s ' \n' '  ' | sed 's/^usage://' >wanted
	backspace=$(printf '\b')
	mandoc -T ascii -O width=300 "$man/$tool.1" |
	    sed -e "s/.$backspace//g" -e '/^SYNOPSIS/,/^DESCRIPTION/!d' |
	    sed -e 1d -e '$d' | tr -s ' \n' '  ' >got
	is_file "$tool.1: SYNOPSIS is the usage" got wanted
done
grep -Eo '(\{ |VERDICT\()"[a-z ]+",' "$top/bin/divcat/counter.c" |
    sed 's/.*"\(.*\)".*/\1/' >wanted
printf '%s\n' refused pending overflowed lost 'let go' >>wanted
sed -n '/^\.Ss Counters/,/^\.Ss Metrics/s/^\.It //p' "$man/divcat.1" >got
same 'divcat.1: counters'
grep -Eo '"([a-z_]+_(total|packets|bytes)|connections)"' \
    "$top/bin/divcat/counter.c" | tr -d '"' | sort -u >wanted
sed -n '/^\.Ss Metrics/,/^\.Sh/s/^\.It Cm //p' "$man/divcat.1" |
    sed 's/ , /\
/g' >got
same 'divcat.1: metrics'
grep -o '\] = "[a-z0-9]*"' "$top/bin/stat/stats.c" |
    sed 's/.*"\(.*\)"/\1/' >wanted
section divstat.1 DESCRIPTION | sed -n '/^A report/,/^\.El/s/^\.It //p' |
    sed 's/ , /\
/g' >got
same 'divstat.1: rows'
{
	echo flow
	sed -n '/^static const struct key keys/,/^}/s/.*{ "\([a-z]*\)".*/\1/p' \
	    "$top/bin/stat/key.c"
} >wanted
sed -n '/^\.Ss Keys/,/^\.El/s/^\.It Cm //p' "$man/divstat.1" >got
same 'divstat.1: keys'
sed -n 's/^	{ "\(.*\)", "\(.*\)", "\(.*\)", "\(.*\)", \(.*\), .*/\1 \2 \3 \4 \5/p' \
    "$top/bin/divdelay/profile.c" | sed 's/ NULL$//; s/"//g' >wanted
sed -n '/^\.Ss Profiles/,/^\.El/s/^\.It Cm //p' "$man/divdelay.1" |
    sed 's/ Ta / /g' >got
same 'divdelay.1: profiles'
divstat -N -o tsv </dev/null 2>&1 | head -n 1 | tr -d '#' | tr '\t' '\n' >wanted
sed -n '/^The columns are/,/^\.El/s/^\.It Cm //p' "$man/divstat.1" >got
is_file 'divstat.1: columns' got wanted
divstat -N -E </dev/null 2>&1 | sed -n 's/^#fields.//p' | tr '\t' '\n' >wanted
sed -n '/^ts, uid/,/\.$/p' "$man/divstat.1" | tr -d '.' | tr -s ', \n' '\n' |
    sed 's/^id\([or]\)/id.\1/' >got
tr -d . <wanted | sed 's/^id\([or]\)/id.\1/' >wanted.plain
is_file 'divstat.1: fields of -E' got wanted.plain
sed -n "s/.*= { '\(.\)', .*/\1/p" "$top/bin/divtop/screen.c" >wanted
sed -n '/^\.Ss Keys/,/^\.It Cm f/s/^\.It Cm \([a-zA-Z]\)$/\1/p' \
    "$man/divtop.1" >got
same 'divtop.1: keys to sort'

# What the examples are about.
cat >one <<'END'
udp4 id=1 port=8000 time=1000000000 -- a foo
tcp4 id=2 port=8000 time=2000000000 dir=3 -- GET /foo\r\n
icmp6 id=3 port=8000 time=3000000000
END
cat >two <<'END'
udp4 id=1 -- a foo in two
END
frames make <one >one.frames
frames make <two >two.frames
printf 'example.com\n' >names
printf 'foo\tfoo\n' >patterns
run divcat -o pcap one.frames
is 'captures can be made' "$status$(cat err)" 0
mkdir captures stand-in
divcat -o pcap one.frames >captures/one.pcap
divcat -o pcap two.frames >captures/two.pcap

# The stand-in: both ends of a pipeline, and both in one.
cat >stand-in/divcat <<END
#!/bin/sh
in= out= way=
while getopts $(divcat --help | sed -n 's/^  -\(.\), --[a-z-]* [a-z].*/\1:/p
    s/^  -\(.\), .*/\1/p' | tr -d '\n') c; do
	case \$c in
	b)	way=both ;;
	i)	in="-i \$OPTARG" ;;
	o)	out="-o \$OPTARG" ;;
	[fp])	way=\${way:-read} ;;
	w)	way=write ;;
	\?)	exit 2 ;;
	esac
done
shift \$((OPTIND - 1))
case \$way in
read)	exec $(command -v divcat) \$out $PWD/one.frames ;;
write)	exec $(command -v divcat) \$in -o text "\$@" >sent ;;
both)	until stty -a | grep -q -e -icanon; do :; done
	$(command -v divcat) -o text $PWD/one.frames
	head -n 3 >sent ;;
*)	exec $(command -v divcat) \$in \$out "\$@" ;;
esac
END
chmod +x stand-in/divcat

# examples PAGE: in the files N.kind, N.command and N.output
examples() {
	rm -f [0-9]*.kind [0-9]*.command [0-9]*.output
	sed 's/\\(aq/'\''/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g' "$man/$1" | awk '
	function start(line) {
		n++
		inside = 1
		print substr(line, 1, 1) >(n ".kind")
		print substr(line, 3) >(n ".command")
		printf "" >(n ".output")
	}
	/^\.Dl [$#] / { start(substr($0, 5)); inside = 0; next }
	/^\.Bd -literal/ { block = 1; next }
	/^\.Ed/ { block = inside = 0; next }
	!block { next }
	/^[$#] / { start($0); next }
	/^$/ { inside = 0 }
	inside && /^[ \t]/ { print >(n ".command"); next }
	inside { print >(n ".output") }'
}

# Whatever an example was to write has something in it.
wrote() {
	file=$(sed -n 's/.*>\([a-z.]*\)$/\1/p
	    s/.* -f \([a-z.]*\)$/\1/p' example.command)
	test -s out || test -s err || test -s "${file:-sent}"
}

# example PAGE N
example() {
	name="$1: $(head -n 1 "$2.command")"
	rm -rf here
	mkdir here
	cp captures/*.pcap here
	for kept in packets before after; do
		cp one.frames here/$kept
	done
	cp patterns "$top/bin/wireshark/divio.lua" here
	for list in blocked allowed video; do
		cp names here/$list.names
	done
	cp "$2.command" here/example.command
	path=$PATH
	[ "$(cat "$2.kind")" = '$' ] || path=$PWD/stand-in:$PATH
	cd here || exit 1
	PATH=$path sh example.command >out 2>err </dev/null
	status=$?
	is "$name: status" "$status" 0
	ok "$name: writes something" wrote
	for picture in *.png; do
		[ ! -e "$picture" ] || ok "$name: draws" grep -q IHDR "$picture"
	done
	if grep -q 'divcat .*-w' example.command; then
		ok "$name: sends" test -s sent
	fi
	if grep -q 's/foo/bar/.*divcat .*-w' example.command; then
		is "$name: edits" "$(cut -f 7 sent)" 'a bar
GET /bar\r\n
-'
	fi
	cd ..
	[ ! -s "$2.output" ] || is_file "$name: output" here/out "$2.output"
}

PATH=$PATH:/usr/sbin:/sbin
for page in divcat.1 divsed.1 divdrop.1 divdelay.1 divmark.1 divstat.1 \
    divtop.1 \
    divio.5 divio.7; do
	examples $page
	ok "$page: has examples" test -f 1.command
	for kind in [0-9]*.kind; do
		number=${kind%.kind}
		grep -Eq '^iptables| nc |divtop' "$number.command" ||
		    example $page "$number"
	done
done

# The script of divcat.1 drops what is secret.
echo 'udp4 id=1 -- a secret
udp4 id=2 -- another
udp4 id=3 -- a third' | frames make >one.frames
listing divcat.1 expect >script
PATH=$PWD/stand-in:$PATH timeout 60 expect -f script >out 2>err
is 'divcat.1: the expect script' "$?$(cat err)" 0
is 'divcat.1: its verdicts' "$(cat sent)" 'drop 1
pass 2
pass 3'

# The filters of divio.5.
cat >text <<'END'
tcp4 id=1 opaque=0102030405060708 -- a foo
tcp4 id=2 options=8 tcpoptions=12 mark=5 -- foo foo
udp4 id=3 dir=3 ifindex=2 digest=0102030405060708 -- foo
udp6 id=4 -- a foo, a foo
tcp6 id=5 tcpoptions=4 -- foo\x00foo
udp4 id=0 type=3 -- foo
END
cat >text.untouched <<'END'
udp4 id=1 frag=first -- foo
udp4 id=2 frag=later -- foo
udp6 id=3 frag=first -- foo
icmp4 id=4 -- foo
gre4 id=5 -- foo
tcp4 id=6 cut=12 -- foo
none id=7
none id=8 type=2 origlen=100
none id=9 type=4
tcp4 id=10 type=9 opaque=0102030405060708 -- foo
END
frames make <text >in
frames make <text.untouched >in.untouched
frames heads <in >heads.in

# filter NAME COMMAND...
filter() {
	name="divio.5: $1"
	shift
	run "$@" <in
	is "$name: status" "$status$(cat err)" 0
	is "$name: edits" "$(frames dump <out)" \
	    "$(frames dump <in | sed 's/foo/bar/g')"
	frames heads <out >heads.out
	is_file "$name: headers stay" heads.out heads.in
	run "$@" <in.untouched
	is "$name: what it should not touch: status" "$status$(cat err)" 0
	is_file "$name: what it should not touch" out in.untouched
}

listing divio.5 python >filter.py
listing divio.5 perl >filter.pl
filter Python python3 filter.py
filter Perl perl filter.pl
printf '%s\n' 'udp4 id=1 -- a secret' 'tcp6 id=2 -- foo' | frames make >in
run perl filter.pl <in
is 'divio.5: Perl: drops' "$(frames dump <out)" 'drop 1 none 
packet 2 tcp6 bar'

# The program of libdivio.3, as it stands, and with a capture for a port.
cat >capture.c <<'END'
#include "backend_pcap.h"

struct div *
div_open(uint16_t port, const struct div_options *opt, char error[DIV_ERRLEN])
{
	(void)port;
	return pcap_port("in.pcap,out.pcap", opt, error);
}
END
listing libdivio.3 '^#include <err.h>' >program.c
libraries=$(sed -n 's/^PKG_[A-Z]* = //p' "$build/config.mk")
sanitise=${SANITISED:+-fsanitize=address,undefined}

# compile OUTPUT SOURCE... ARCHIVE
compile() {
	output=$1
	shift
	# shellcheck disable=SC2086
	run cc $sanitise -Wall -Wextra -Werror -I"$lib" \
	    -I"$top/tests/unit" -o "$output" "$@" -pthread $libraries
}

listing libdivio.3 '^#include <inttypes.h>' >flows.c
compile flows flows.c "$build/libdivio.a"
is 'libdivio.3: the program with a table compiles' "$status$(cat err)" 0
compile program program.c "$build/libdivio.a"
is 'libdivio.3: the program compiles' "$status$(cat err)" 0
compile edits -D_GNU_SOURCE -Ddiv_open=open_capture program.c capture.c \
    "$top/tests/unit/backend_pcap.c" "$build/obj/libdivio.a"
is 'libdivio.3: the program compiles for a capture' "$status$(cat err)" 0
cat >text <<'END'
udp4 -- a foo
tcp6 -- foofoo
udp4 frag=first -- foo
gre4 -- bar
END
run ./edits
is 'libdivio.3: it says what is wrong' "$status $(cat err)" \
    '1 edits: in.pcap: No such file or directory'
frames make <text | divcat -o pcap >in.pcap
run ./edits
is 'libdivio.3: the program runs' "$status$(cat err)" 0
is 'libdivio.3: it edits' "$(divcat -o text out.pcap | cut -f 7)" 'a bar
barbar
foo
bar'

divcat in.pcap >in.frames
run ./flows <in.frames
is 'libdivio.3: the program with a table counts' \
    "$(awk '{ n += $3 } END { print n }' err)" "$(wc -l <text | tr -d ' ')"

done_testing
