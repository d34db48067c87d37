#!/bin/sh
# SPDX-License-Identifier: MIT
# nodes.sh FUNCTIONS HEADER MAP: asks the libssl that programs are linked with
# for the version node of each function that is wrapped, and writes a header and
# a version script.  Reads CC, CFLAGS, LIBS and READELF.
set -eu
export LC_ALL=C # ranges of letters, and what readelf says
header=$2 map=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
functions=$work/functions
grep -v '^#' "$1" >"$functions"

{
	sed 's/.*/extern char &[];/' "$functions"
	echo 'char *all[] = {'
	sed 's/$/,/' "$functions"
	echo '0};'
	echo 'int main(void) { return all[0] == 0; }'
} >"$work/probe.c"
# Functions that this libssl lacks stay without a node.
# shellcheck disable=SC2086 # lists of words
${CC:-cc} ${CFLAGS:-} -fno-builtin -w -fPIC -shared -o "$work/probe.so" \
	"$work/probe.c" ${LIBS:--lssl -lcrypto}
${READELF:-readelf} -W --dyn-syms "$work/probe.so" |
	sed -n 's/^.* UND \([A-Za-z0-9_]*\)@\([A-Za-z0-9_.]*\).*/\1 \2/p' |
	grep -F -w -f "$functions" | sort -u >"$work/nodes"
grep -q '^SSL_do_handshake ' "$work/nodes" || {
	echo 'nodes.sh: this libssl has no symbol versions' >&2
	exit 1
}
{
	echo '/* Made by tools/preload/nodes.sh of the libssl that is linked. */'
	sed 's/^\(.*\) \(.*\)$/#define NODE_\1 "\2"/' "$work/nodes"
} >"$header.tmp"
# The first node of an object is what a reference without a version may bind
# to: it is kept empty of functions.
{
	echo 'TLSPOLICY_RUN { global: tlspolicy_run; local: *; };'
	cut -d ' ' -f 2 "$work/nodes" | sort -u | sed 's/$/ { };/'
} >"$map.tmp"
mv "$header.tmp" "$header"
mv "$map.tmp" "$map"
