# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Sourced by scripts of the suite: a folder of their own, results in TAP, and an
# end, by pid, to what they leave running.

# "[a-z]" has no "i" in some languages.
LC_ALL=C
export LC_ALL
srcdir=${srcdir:-.}
tmp=$(mktemp -d) || exit 99
pids=
n=0

# The command, past libtool's wrapper where that does nothing else than to find
# the library: it takes five times as long as the command does.
# shellcheck disable=SC2034
command=./tools/tlspolicy
if [ -e tools/.libs/tlspolicy ]; then
	LD_LIBRARY_PATH=$PWD/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
	export LD_LIBRARY_PATH
	# shellcheck disable=SC2034
	! ldd tools/.libs/tlspolicy 2>/dev/null |
		grep -q "libtlspolicy[^ ]* => $PWD/.libs/" ||
		command=./tools/.libs/tlspolicy
fi

# shellcheck disable=SC2317 # called by the trap
finish() {
	trap '' EXIT HUP INT TERM
	for pid in $pids; do
		kill -CONT "$pid" 2>/dev/null
		kill "$pid" 2>/dev/null
	done
	wait
	rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

result() { # STATUS NAME; $tmp/out and $tmp/err say why not
	n=$((n + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		cat "$tmp/out" "$tmp/err" 2>/dev/null | sed 's/^/# /'
	fi
}

check() { # NAME COMMAND...: passes if the command does
	name=$1
	shift
	"$@"
	result $? "$name"
}

same() { # LIST LIST NAME: two files of the folder
	diff -u "$tmp/$1" "$tmp/$2" >"$tmp/out"
	result $? "$3"
}

skip() { # NAME REASON
	n=$((n + 1))
	echo "ok $n - $1 # SKIP $2"
}

all() { # REASON: none of the script is of use
	echo "1..0 # SKIP $1"
	exit 0
}
