#!/bin/sh
# SPDX-License-Identifier: MIT
# matrix.sh [CELL...]: builds and tests with each release of OpenSSL that is
# supported, from Debian's packages, and prints a table.  Without arguments all
# cells; "make matrix" calls it.  Nothing is installed: the releases are
# unpacked into a cache, $TLSPOLICY_CACHE, which may be removed at any time.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
cache=${TLSPOLICY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/libtlspolicy}
work=${TLSPOLICY_MATRIX:-$PWD/matrix}
jobs=$(nproc)
cells=${*:-3.0 3.5 3.6 4.0 3.0-3.5 3.0-3.6 3.5-3.0}
triplet=x86_64-linux-gnu

suite_of() {
	case $1 in
	1.1.1) echo bullseye ;;
	3.0) echo bookworm ;;
	3.5) echo trixie ;;
	3.6) echo forky ;;
	4.0) echo experimental ;;
	*)
		echo "matrix.sh: no release $1" >&2
		return 1
		;;
	esac
}

# Unpacks a release if that is still to be done, and names its folder.
sysroot() {
	name=$(suite_of "$1") || return 1
	[ -e "$cache/$name" ] || {
		mkdir -p "$cache"
		sh "$source/tests/sysroot.sh" "$cache/$name" "$name"
	} || return 1
	echo "$cache/$name"
}

# The compiler for a sysroot and the OpenSSL in a folder.  With the host's paths
# left to it, the linker takes the host's libssl and nobody notices.
compiler() {
	lib=$1/usr/lib/$triplet
	echo "gcc --sysroot=$1 -B$lib -L$2/lib -L$lib $3"
}

# The headers and the linker's view of a sysroot's OpenSSL, and nothing else.
openssl_only() {
	lib=$1/usr/lib/$triplet
	mkdir -p "$2/include" "$2/lib" &&
		cp -R "$1/usr/include/openssl" "$2/include" &&
		cp -R "$1/usr/include/$triplet/openssl" "$2/include" &&
		ln -s "$lib/libssl.so" "$lib/libcrypto.so" "$2/lib"
}

# The settings under which a sysroot's OpenSSL runs, and its own openssl.
runtime() {
	lib=$1/usr/lib/$triplet
	export OPENSSL_CONF="$1/etc/ssl/openssl.cnf"
	export OPENSSL_MODULES="$lib/ossl-modules"
	mkdir -p "$2/bin"
	printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' \
		"$lib/ld-linux-x86-64.so.2" "$lib" "$1/usr/bin/openssl" \
		>"$2/bin/openssl"
	chmod +x "$2/bin/openssl"
	PATH=$2/bin:$PATH
}

# configured FOLDER SYSROOT LINKER-OPTIONS [ARGUMENT...]
configured() {
	where=$1 base=$2 options=$3
	shift 3
	PKG_CONFIG_LIBDIR=$base/usr/lib/$triplet/pkgconfig \
		PKG_CONFIG_SYSROOT_DIR=$base \
		OPENSSL_CFLAGS="-I$where/include" \
		OPENSSL_LIBS="-lssl -lcrypto" "$source/configure" -q \
		--enable-werror CC="$(compiler "$base" "$where" "$options")" \
		"$@"
}

# One release: headers and runtime are the same.
plain() {
	root=$(sysroot "$1") && folder=$work/$1 && lib=$root/usr/lib/$triplet &&
		cd "$folder" && runtime "$root" "$folder" &&
		openssl_only "$root" "$folder" &&
		configured "$folder" "$root" \
			"-Wl,--dynamic-linker=$lib/ld-linux-x86-64.so.2 \
-Wl,--disable-new-dtags,-rpath,$lib" &&
		TLSPOLICY_EXPECT="$1 $1" make -s -j "$jobs" check
}

# Headers of one release and the runtime of another, with the C library of the
# older one: the programs have to load with either.
mixed() {
	headers=$(sysroot "$1") && root=$(sysroot "$2") &&
		base=$(sysroot 3.0) && folder=$work/$1-$2 && cd "$folder" &&
		runtime "$root" "$folder" &&
		openssl_only "$headers" "$folder" &&
		configured "$folder" "$base" -Wl,--allow-shlib-undefined \
			--disable-shared && lib=$root/usr/lib/$triplet &&
		TLSPOLICY_TIER=short TLSPOLICY_EXPECT="$1 $2" \
			make -s -j "$jobs" check TESTS="\$(CHECKS)" \
			LOG_COMPILER="$lib/ld-linux-x86-64.so.2 \
--library-path $lib"
}

total() { # OUTCOME LOG
	awk -v outcome="$1:" '$1 == "#" && $2 == outcome { n += $3 }
		END { print n + 0 }' "$2" 2>/dev/null || echo 0
}

# One row of the table, once the cell has run.
row() { # CELL STATUS SECONDS
	log=$work/$1/test-suite.log
	failed=$(($(total FAIL "$log") + $(total ERROR "$log") +
		$(total XPASS "$log")))
	cat "$work/$1"/tests/*.log 2>/dev/null >"$work/$1/all.log"
	sed -n -e 's/^# SKIPPED: //p' -e 's/^ok [0-9]* .*# *SKIP *//p' \
		"$work/$1/all.log" >"$work/$1/skipped"
	skipped=$(($(wc -l <"$work/$1/skipped")))
	passed=$(($(total PASS "$log") - $(grep -c '^# SKIPPED: ' \
		"$work/$1/all.log")))
	[ "$2" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
	printf '%-9s %-9s %7s %8s %7s %8s\n' "${1%-*}" "${1#*-}" "$passed" \
		"$skipped" "$failed" "$3" >>"$work/table"
	sort "$work/$1/skipped" | uniq -c |
		sed "s/^ *\([0-9]*\) /$1: \1 skipped: /" >>"$work/skips"
	all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
}

mkdir -p "$work"
: >"$work/skips"
printf '%-9s %-9s %7s %8s %7s %8s\n' headers runtime passed skipped failed \
	seconds >"$work/table"
all_passed=0 all_failed=0
for cell in $cells; do
	begin=$(date +%s)
	rm -rf "${work:?}/$cell"
	mkdir -p "$work/$cell"
	case $cell in
	*-*) (mixed "${cell%-*}" "${cell#*-}") ;;
	*) (plain "$cell") ;;
	esac >"$work/$cell/log" 2>&1 </dev/null
	status=$?
	row "$cell" "$status" $(($(date +%s) - begin))
	[ "$status" -eq 0 ] || {
		echo "== $cell: status $status"
		grep -E '^(FAIL|XPASS|ERROR):|[0-9]: (fatal )?(error|warning):' \
			"$work/$cell/log" | head -n 40
		tail -n 5 "$work/$cell/log"
	}
done
cat "$work/table" "$work/skips"
{
	echo "# PASS: $all_passed"
	echo "# FAIL: $all_failed"
} >"$work/totals"
cat "$work/totals"
[ "$all_failed" -eq 0 ]
