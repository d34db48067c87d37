# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# Sourced by scripts that run programs of others under "tlspolicy run": ends in
# the Python program of the script's name, or says why it is skipped.
set -u

why=
[ -e tools/tlspolicy-run.la ] || why='the preloaded object is not built'
[ "${TLSPOLICY_PEERS:-}" != no ] || why='TLSPOLICY_PEERS=no'
case "${TP_LDFLAGS:-} ${CFLAGS:-}" in
*sanitize*) why='programs of others have no sanitizer' ;;
esac
python3 -c 'import ssl, sys
sys.exit(sys.version_info < (3, 9))' 2>/dev/null ||
	why='there is no Python 3.9 with ssl'
command -v openssl >/dev/null || why='there is no openssl program'
[ -z "$why" ] || {
	echo "1..0 # SKIP $why"
	exit 0
}
# The first run of a libtool wrapper may link: one at a time.
./tools/tlspolicy --version >/dev/null 2>&1
exec python3 -B -W ignore "${0%.sh}.py"
