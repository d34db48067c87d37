# shellcheck shell=sh
# shellcheck disable=SC2154 # tmp is of tap.sh
# SPDX-License-Identifier: MIT
# What the tests of the command share, after tests/tap.sh: asking it, and holding
# what it says against patterns.

command=./tools/tlspolicy

if [ ! -e "$command" ]; then
	echo '1..0 # SKIP the command is not built'
	exit 0
fi

# run STATUS ARGUMENT...: of the command; output to out, errors to err.
run() {
	want=$1
	shift
	"$command" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null
	got=$?
	[ "$got" -eq "$want" ] && return
	echo "# status $got, not $want: $*"
	return 1
}

# says PATTERN...: whether the last output has lines of all of them.
says() {
	for pattern; do
		grep -q -e "$pattern" "$tmp/out" || {
			echo "# not there: $pattern"
			return 1
		}
	done
}

# gives STATUS PATTERN ARGUMENT...
gives() {
	status=$1
	pattern=$2
	shift 2
	run "$status" "$@" && says "$pattern" && [ ! -s "$tmp/err" ]
}

# notes STATUS PATTERN ARGUMENT...: nothing but policy text on standard output,
# and the pattern on standard error.
notes() {
	status=$1
	pattern=$2
	shift 2
	run "$status" "$@" && [ "$(wc -l <"$tmp/out")" -eq 1 ] &&
	    grep -q '^min=' "$tmp/out" && noted "$pattern"
}

# noted PATTERN...: whether the last notes have lines of all of them.
noted() {
	for pattern; do
		grep -q -e "$pattern" "$tmp/err" || {
			echo "# not noted: $pattern"
			return 1
		}
	done
}

# fails PATTERN ARGUMENT...: one line of what is wrong, one of what to do.
fails() {
	pattern=$1
	shift
	run 2 "$@" && [ ! -s "$tmp/out" ] &&
	    [ "$(wc -l <"$tmp/err")" -eq 1 ] &&
	    grep -q '^tlspolicy: .*; .' "$tmp/err" &&
	    grep -q -e "$pattern" "$tmp/err"
}

# json EXPRESSION: whether it is true of the last output, which is r.
json() {
	python3 -c 'import json, sys
r = json.load(open(sys.argv[1]))
sys.exit(0 if eval("(" + sys.argv[2] + ")") else "# not so: " + sys.argv[2])' \
	    "$tmp/out" "$1"
}

# tells NAME STATUS EXPRESSION ARGUMENT...: a test of the command's JSON.
tells() {
	name=$1
	status=$2
	expression=$3
	shift 3
	if python3 -c 'import json' 2>/dev/null; then
		check "JSON: $name" tells_so "$@"
	else
		skip "JSON: $name" 'there is no python3'
	fi
}

tells_so() {
	run "$status" "$@" && [ ! -s "$tmp/err" ] && json "$expression"
}

# pasted NAME ARGUMENT...: what show prints is text that show takes.
pasted() {
	run 0 show "$@" && run 0 show --override "$(sed -n 1p "$tmp/out")"
}
