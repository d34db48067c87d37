#!/bin/sh
# SPDX-License-Identifier: MIT
# matrix.sh [CELL...]: builds and tests with each release of OpenSSL that is
# supported, from Debian's packages, and prints a table.  Without arguments all
# cells; "make matrix" calls it.  A cell is
#   3.5          a release, with the gcc of its suite
#   3.0-3.5      headers of one and the library of another, the short tier
#   3.0+i386     32-bit, the short tier
#   3.5+clang    with the clang of its suite, the short tier
#   3.5+fips     all is fetched from a FIPS provider; tests/check_build alone
#   3.0+no-tls1  built from source without TLS 1.0 and 1.1; the same
# OpenSSL 4.1 is among all cells as soon as sid or experimental has it.
# One more runs at a time than there are processors.  Nothing is installed: all
# is unpacked into a cache, $TLSPOLICY_CACHE, which may be removed at any time.
# $TLSPOLICY_TESTED is a release that has had the normal tier with its own gcc
# elsewhere: it has the short one here.
set -u
source=$(cd "$(dirname "$0")/.." && pwd)
cache=${TLSPOLICY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/libtlspolicy}
work=${TLSPOLICY_MATRIX:-$PWD/matrix}
jobs=$(nproc)
alone='' # "--cell" is how this script calls itself for one of them
[ "${1:-}" != --cell ] || {
	alone=$2
	shift
}
# Those that take long first.
cells=${*:-3.0+no-tls1 3.5 3.6 4.0 1.1.1 3.0+i386 3.5+clang 3.0 3.5+fips \
3.0-3.5 3.0-3.6 3.5-3.0}
# What has nothing to do with a release of OpenSSL.
elsewhere='tests/exports.sh tests/refuse.sh tests/abi.sh'
elsewhere="$elsewhere tests/manual.sh tests/standards.sh"
# The oldest has what pkg-config may ask for at least.
[ "$alone" = 1.1.1 ] || elsewhere="$elsewhere tests/install.sh"
triplet=x86_64-linux-gnu
loader=ld-linux-x86-64.so.2
export TLSPOLICY_CACHE="$cache" TLSPOLICY_MATRIX="$work"
export TLSPOLICY_PEERS=no # they are of the host, with its OpenSSL

# Debian's suite with a release; it says so where there is none.
suite_with() { # RELEASE
	[ -s "$work/which" ] ||
		sh "$source/tests/sysroot.sh" "$work/which.root" experimental which \
			>"$work/which" 2>"$work/which.log" ||
		echo "matrix.sh: apt's index of experimental cannot be read" >&2
	awk -v release="$1." 'index($1, release) == 1 && suite == "" { suite = $2 }
		END { print suite; exit suite == "" }' "$work/which" || {
		echo "matrix.sh: Debian has no OpenSSL $1" >&2
		return 1
	}
}

suite_of() {
	case $1 in
	1.1.1) echo bullseye ;;
	3.0) echo bookworm ;;
	3.5) echo trixie ;;
	3.6) echo forky ;;
	4.0) echo experimental ;;
	4.1) suite_with 4.1 ;;
	*)
		echo "matrix.sh: no release $1" >&2
		return 1
		;;
	esac
}

# sysroot RELEASE NAME ARCHITECTURE PACKAGE...: unpacks it if that is still to be
# done, and names its folder.
sysroot() {
	suite=$(suite_of "$1") || return 1
	folder=$cache/$suite-$2
	shift 2
	mkdir -p "$cache" && (
		flock 9
		[ -e "$folder" ] ||
			sh "$source/tests/sysroot.sh" "$folder" "$suite" "$@"
	) 9>"$cache/lock" || return 1
	echo "$folder"
}

# A sysroot's program, with the C library that it needs.
wrap() { # WRAPPER PROGRAM [ARGUMENT...]
	wrapper=$1
	shift
	printf '#!/bin/sh\nexec %s "$@"\n' \
		"$lib/$loader --library-path $lib $*" >"$wrapper" &&
		chmod +x "$wrapper"
}

# A sysroot's own compiler, as tools/gcc.
own_gcc() { # SYSROOT
	mkdir -p tools
	for tool in "$1"/usr/lib*/gcc/"$triplet"/*/cc1 "$1/usr/bin/as" \
		"$1"/usr/lib*/gcc/"$triplet"/*/collect2 "$1/usr/bin/ld"; do
		[ ! -e "$tool" ] || wrap "tools/${tool##*/}" "$tool" || return 1
	done
	wrap tools/gcc "$1/usr/bin/gcc" "-B$PWD/tools/"
}

# Its clang calls itself by the name that it was called by.
own_clang() { # SYSROOT
	llvm=$(echo "$1"/usr/lib/llvm-*)
	run="$lib/$loader --argv0 $PWD/tools/clang \
--library-path $lib:$llvm/lib $llvm/bin/clang"
	cat >tools/clang <<END && chmod +x tools/clang
#!/bin/sh
[ "\$1" != -cc1 ] || exec $run "\$@"
exec $run -Qunused-arguments -no-canonical-prefixes \
	-ccc-install-dir $llvm/bin \
	-resource-dir $(echo "$llvm"/lib/clang/*) -B$PWD/tools "\$@"
END
}

# The headers and the linker's view of a sysroot's OpenSSL, and nothing else.
openssl_only() { # SYSROOT
	mkdir -p include lib &&
		cp -R "$1/usr/include/openssl" include &&
		cp -R "$1/usr/include/$triplet/openssl" include &&
		ln -s "$1/usr/lib/$triplet/libssl.so" \
			"$1/usr/lib/$triplet/libcrypto.so" lib
}

# The settings under which a sysroot's OpenSSL runs, and its own openssl.
runtime() { # SYSROOT
	lib=$1/usr/lib/$triplet
	export OPENSSL_CONF="$1/etc/ssl/openssl.cnf"
	export OPENSSL_MODULES="$lib/ossl-modules"
	mkdir -p bin
	wrap bin/openssl "$1/usr/bin/openssl"
	PATH=$PWD/bin:$PATH
}

# configured COMPILER SYSROOT LINKER-OPTIONS [ARGUMENT...]: with the host's
# paths left to it, the linker takes the host's libssl and nobody notices.
configured() {
	program=$1 base=$2 options=$3
	name=${1%% *}
	libs=$2/usr/lib/$triplet
	shift 3
	echo "${name##*/}-$($program -dumpversion)" >compiler
	export PKG_CONFIG_LIBDIR="$libs/pkgconfig" # for install.sh as well
	PKG_CONFIG_SYSROOT_DIR=$base \
		OPENSSL_CFLAGS="-isystem $PWD/include" \
		OPENSSL_LIBS="-lssl -lcrypto" "$source/configure" -q \
		--enable-werror CC="$program --sysroot=$base -B$libs -L$PWD/lib \
-L$libs $options" "$@"
}

# OpenSSL without TLS 1.0 and 1.1, which no package has.
without_tls1() {
	built=$cache/no-tls1
	[ -e "$built" ] || (
		rm -rf "$built.part" && mkdir -p "$built.part" &&
			cd "$built.part" && sh "$source/tests/sysroot.sh" \
				"$built.part/source" bookworm source &&
			tar --strip-components=1 -xf source/openssl_*.orig.tar.?z &&
			./Configure linux-x86_64 no-tls1 no-tls1_1 no-dtls1 \
				no-asm no-tests no-engine no-async no-comp \
				no-srp CFLAGS=-O0 &&
			make -s -j "$jobs" build_libs && mv "$built.part" "$built"
	) || return 1
	mkdir -p include lib && cp -R "$built/include/openssl" include &&
		ln -s "$built"/lib*.so* lib
}

# A configuration under which nothing but the FIPS provider is used.
fips_only() {
	openssl fipsinstall -quiet -out fipsmodule.cnf \
		-module "$OPENSSL_MODULES/fips.so" || return 1
	export OPENSSL_CONF="$PWD/openssl.cnf"
	cat >"$OPENSSL_CONF" <<END
openssl_conf = init
.include $PWD/fipsmodule.cnf
[init]
providers = providers
alg_section = algorithms
[providers]
fips = fips_sect
base = base
[base]
activate = 1
[algorithms]
default_properties = fips=yes
END
}

# All tests that may come out otherwise with another release; their own code is
# not optimized, which takes a third of the time.
check_cell() {
	make -s -j "$jobs" all &&
		make -s -j "$jobs" check CFLAGS='-g -O0' \
			TESTS="\$(filter-out $elsewhere,\$(SCRIPT_TESTS)) \
\$(CHECKS) \$(REPLAYS)"
}

# What a build has, and nothing else of the tests.
check_build() {
	make -s -j "$jobs" tests/check_build &&
		TLSPOLICY_BUILD=$1 make -s check-TESTS TESTS=tests/check_build
}

# One release: headers and runtime are the same.
single() { # RELEASE KIND
	program=$PWD/tools/gcc host='' path='' flags=''
	export TLSPOLICY_EXPECT="$1 $1"
	case $2 in
	i386)
		triplet=i386-linux-gnu loader=ld-linux.so.2
		root=$(sysroot "$1" i386 i386 libgcc-12-dev) || return 1
		libgcc=$root/usr/lib/gcc/i686-linux-gnu/12
		host=i686-linux-gnu
		program="gcc -m32 -isystem $root/usr/include/$triplet \
-B$libgcc -L$libgcc"
		;;
	clang)
		root=$(sysroot "$1" clang amd64 clang) || return 1
		program=$PWD/tools/clang
		;;
	fips)
		root=$(sysroot "$1" fips amd64 gcc openssl-provider-fips)
		flags='-g -O0'
		;;
	*) root=$(sysroot "$1" build amd64 gcc libjansson-dev) ;;
	esac || return 1
	runtime "$root" && own_gcc "$root" &&
		if [ "$2" = clang ]; then own_clang "$root"; fi &&
		if [ "$2" = no-tls1 ]; then
			without_tls1 && path=$PWD/lib: flags='-g -O0'
		else
			openssl_only "$root"
		fi && configured "$program" "$root" \
		"-Wl,--dynamic-linker=$lib/$loader \
-Wl,--disable-new-dtags,-rpath,$path$lib" --disable-static \
		${host:+"--host=$host"} \
		${flags:+"CFLAGS=$flags"} || return 1
	[ "$2" = gcc ] && [ "$1" != "${TLSPOLICY_TESTED:-}" ] ||
		export TLSPOLICY_TIER=short
	case $2 in
	gcc) check_cell && tests/offers >offers ;;
	fips) fips_only && check_build fips ;;
	no-tls1) check_build no-tls1 ;;
	*) check_cell ;;
	esac
}

# Headers of one release and the runtime of another, with the C library of the
# older one: the programs have to load with either.
mixed() {
	headers=$(sysroot "$1" build amd64 gcc libjansson-dev) &&
		root=$(sysroot "$2" build amd64 gcc libjansson-dev) &&
		base=$(sysroot 3.0 build amd64 gcc libjansson-dev) && runtime "$root" &&
		openssl_only "$headers" &&
		configured gcc "$base" -Wl,--allow-shlib-undefined \
			--disable-shared CFLAGS='-g -O0' &&
		TLSPOLICY_TIER=short TLSPOLICY_EXPECT="$1 $2" \
			make -s -j "$jobs" check TESTS="\$(CHECKS)" \
			LOG_COMPILER="$lib/$loader --library-path $lib"
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
	case $1 in
	*+*) set -- "$1" "$2" "$3" "$1" ;;
	*) set -- "$1" "$2" "$3" "${1#*-}" ;;
	esac
	# shellcheck disable=SC2059 # the format of all rows
	printf "$columns" "${1%%[-+]*}" "$4" "$(cat "$work/$1/compiler")" \
		"$passed" "$skipped" "$failed" "$3" >>"$work/table"
	sort "$work/$1/skipped" | uniq -c |
		sed "s/^ *\([0-9]*\) /$1: \1 skipped: /" >>"$work/skips"
	all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
}

# What each profile offers: a row for all releases with which it is the same.
compatibility() {
	for release in 1.1.1 3.0 3.5 3.6 4.0; do
		cat "$work/$release/offers" || return 1
	done | awk -F '|' '
		function print_rows(kind, name, j) {
			split(kind, name, FS)
			for (j = 1; j <= rows[kind]; j++)
				print "| " name[2] " | " \
					substr(releases[kind, row[kind, j]], 3) \
					" | " row[kind, j] " |"
		}
		{
			sub(/;? $/, "", $4)
			sub(/^$/, "none", $4)
			kind = $1 FS $2
			if (!($1 in seen)) {
				seen[$1] = 1
				profiles[++names] = $1
			}
			if (!(kind in rows))
				kinds[$1, ++total[$1]] = kind
			if (!((kind, $4) in releases))
				row[kind, ++rows[kind]] = $4
			releases[kind, $4] = releases[kind, $4] ", " $3
		}
		END {
			for (p = 1; p <= names; p++) {
				print "\n## " profiles[p] "\n\n" \
					"| | OpenSSL | |\n|---|---|---|"
				for (i = 1; i <= total[profiles[p]]; i++)
					print_rows(kinds[profiles[p], i])
			}
		}'
}

# The same as docs/compatibility.md says below its mark?
compatible() {
	compatibility >"$work/compatibility" &&
		sed '1,/^<!-- /d' "$source/docs/compatibility.md" |
		diff - "$work/compatibility"
}

run() { # CELL
	begin=$(date +%s)
	rm -rf "${work:?}/$1"
	mkdir -p "$work/$1"
	(
		cd "$work/$1" || exit 1
		case $1 in
		*+*) single "${1%+*}" "${1#*+}" ;;
		*-*) mixed "${1%-*}" "${1#*-}" ;;
		*) single "$1" gcc ;;
		esac
	) >"$work/$1/log" 2>&1 </dev/null
	echo "$? $(($(date +%s) - begin))" >"$work/$1/end"
}

if [ -n "$alone" ]; then
	run "$alone"
	exit
fi
mkdir -p "$work"
rm -f "$work/which"
[ $# -gt 0 ] || ! suite_with 4.1 >/dev/null || cells="$cells 4.1"
: >"$work/skips"
columns='%-8s %-12s %-12s %7s %8s %7s %8s\n'
# shellcheck disable=SC2059 # the format of all rows
printf "$columns" headers runtime compiler passed skipped failed seconds \
	>"$work/table"
all_passed=0 all_failed=0
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $cells | xargs -P "$((jobs + 1))" -n 1 sh "$0" --cell
for cell in $cells; do
	read -r status seconds <"$work/$cell/end" || status=1 seconds=0
	row "$cell" "$status" "$seconds"
	[ "$status" -eq 0 ] || {
		echo "== $cell: status $status"
		grep -E '^(FAIL|XPASS|ERROR):|[0-9]: (fatal )?(error|warning):' \
			"$work/$cell/log" | head -n 40
		tail -n 5 "$work/$cell/log"
	}
done
cat "$work/table" "$work/skips"
case " $cells " in
*' 1.1.1 '*' 3.0 '*' 3.5 '*' 3.6 '*' 4.0 '*)
	if compatible; then
		all_passed=$((all_passed + 1))
	else
		echo "docs/compatibility.md is not what $work/compatibility is"
		all_failed=$((all_failed + 1))
	fi
	;;
esac
{
	echo "# PASS: $all_passed"
	echo "# FAIL: $all_failed"
} >"$work/totals"
cat "$work/totals"
[ "$all_failed" -eq 0 ]
