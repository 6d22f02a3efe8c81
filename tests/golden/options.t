#!/bin/sh
# SPDX-License-Identifier: ISC
# shellcheck disable=SC1091,SC2154
#
# The table of options of each tool: long names, --help, and the completions that
# are made from it.

top=$(pwd)
. tests/golden/lib.sh

bash=$(command -v bash)

# complete_bash TOOL WORD...: what bash completes the last one to
complete_bash() {
	tool=$1
	# shellcheck disable=SC2016
	bash -c '. "./$1.bash"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
	    "_$1"; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" 2>err
}

# parses SHELL FILE: it has no errors, as far as there is such a shell
parses() {
	if command -v "$1" >/dev/null; then
		run "$1" -n "$2"
		is "$2: $1 parses it" "$status$(cat err)" 0
	else
		pass "$2: it parses # SKIP no $1"
	fi
}

for tool in divcat divsed divdrop divdelay divmark divstat divtop; do
	run "$tool" --help
	is "$tool --help" "$status$(cat err)" 0
	cp out help
	run "$tool" -h
	is_file "$tool -h: the same" out help
	grep '^  -' help >rows
	is "$tool --help: lines" \
	    "$(grep -Evn "^  -[A-Za-z], --[a-z-]+ [^]['\":]*(\[all\] [^]['\":]*)?\$" rows)" ''
	is "$tool --help: 80 columns" "$(awk 'length > 80' help)" ''
	is "$tool --help: aligned" \
	    "$(sed 's/\(.*  \).*/\1/; s/./x/g' rows | sort -u | wc -l |
		tr -d ' ')" 1
	sed 's/^  -\(.\), --\([^ ]*\) .*/\1 \2/' rows >names
	is "$tool: a letter, a name" \
	    "$(cut -d ' ' -f 1 names | sort -u | wc -l) $(cut -d ' ' -f 2 names |
		sort -u | wc -l)" "$(wc -l <names) $(wc -l <names)"
	grep -v '^  -' help | grep -oE '(\[| )-[A-Za-z]+' | tr -d '[ -' |
	    fold -w 1 | sort -u >got
	cut -d ' ' -f 1 names | sort >wanted
	is_file "$tool: letters of the usage" got wanted
	run "$tool" --version
	is "$tool --version" "$status" 0
	usage_error "$tool --unknown" "^usage: $tool" "$tool" --unknown

	# --help ends the program after the options before it
	grep -E '^  -., --[a-z-]+ ( |\[)' rows | cut -d ' ' -f 4 |
	    grep -v version >plain
	while read -r option; do
		run "$tool" "$option" --help
		is_file "$tool $option" out help
	done <plain
	grep -E '^  -., --[a-z-]+ [a-z]' rows | cut -d ' ' -f 4 >arguments
	while read -r option; do
		usage_error "$tool $option: no argument" \
		    "option .*requires an argument" "$tool" "$option"
	done <arguments

	for shell in bash zsh fish; do
		run "$top/bin/completions" "$shell" "$(command -v "$tool")"
		is "$tool: completions for $shell" "$status$(cat err)" 0
		mv out "$tool.$shell"
		parses "$shell" "$tool.$shell"
	done
	sed 's/\(.*\) \(.*\)/-\1\
--\2/' names | sort >wanted
	if [ "$bash" ]; then
		complete_bash "$tool" - | sort >got
		is_file "$tool: options in bash" got wanted
	fi
	sed -n "s/.*{\(-.\)+*,\(--[a-z-]*\)=*}.*/\1\\
\2/p" "$tool.zsh" | sort >got
	is_file "$tool: options in zsh" got wanted
	sed -n 's/.* -s \(.\) -l \([a-z-]*\) .*/-\1\
--\2/p' "$tool.fish" | sort >got
	is_file "$tool: options in fish" got wanted
done

if [ "$bash" ]; then
	is 'bash: divcat --co' "$(complete_bash divcat --co)" --count
	is 'bash: divcat -w --s' "$(complete_bash divcat -w --s)" '--stream
--snapshot-length'
	is 'bash: a file' "$(complete_bash divcat -w packets)" ''
	is 'bash: an argument' "$(complete_bash divcat --count -)" ''
fi
usage_error 'completions: another shell' 'not a shell' \
    "$top/bin/completions" csh divcat

# What long names do
printf 'udp4 id=1 -- a foo\nudp4 id=2 -- b\n' | frames make >in
for options in '--count 1 --output-format text' '--count=1 --output-format=text' \
    '--cou 1 -o text' '-c 1 --output-f text'; do
	# shellcheck disable=SC2086
	run divcat $options in
	is "divcat $options" "$status:$(cut -f 7 out)" '0:a foo'
done
run divsed --silent --expression /foo/p <in
is 'divsed --silent' "$status:$(frames dump <out)" '0:packet 1 udp4 a foo
drop 2 none '
usage_error '--let-go all' '^divcat: -B needs -f$' divcat --let-go all -p 1
usage_error '--let-go=all' '^divcat: -B needs -f$' divcat --let-go=all -p 1
usage_error '--let-go=each' '^divcat: -B each: expected all$' \
    divcat --let-go=each -f ip
usage_error '-BF' '^divcat: -B needs -f$' divcat -BF -p 1
usage_error 'the message has the letter' '^divcat: -c 0: number is too small' \
    divcat --count 0

done_testing
