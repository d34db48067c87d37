#!/bin/sh
# SPDX-License-Identifier: MIT
# packages.sh TARBALL [SUITE...]: builds packaging/debian of the tarball in a
# root of that Debian suite and nothing else (bookworm and trixie), asks lintian,
# installs the packages there and uses them; builds twice in the first, and
# compares; then builds and uses packaging/rpm.  It needs root, apt's mirror,
# mmdebstrap and rpm; nothing is installed outside its own folder.
set -eu
tarball=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- bookworm trixie
work=$(mktemp -d "${TMPDIR:-/tmp}/packages.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
name=$(basename "$tarball" .tar.xz)
version=${name#*-}
needs='build-essential debhelper autoconf-archive check libjansson-dev
libssl-dev pkgconf lintian locales openssl'

# shellcheck source=tests/archive.sh
. "$(dirname "$0")/archive.sh"

bootstrapped() { # SUITE
	root=$work/$1
	echo "deb $(archive "") $1 main" | mmdebstrap --quiet --mode=root \
		--variant=minbase --include="$(echo "$needs" | tr -s ' \n' , | sed 's/,$//')" \
		"$1" "$root" -
}

# In the root, with a /proc that goes when the command does.
inside() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" &&
		exec chroot "$0" "$@"' "$root" env -i HOME=/root LC_ALL="$locale" \
		TZ="$zone" PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

built() { # FOLDER: the packages are in it
	mkdir -p "$root/$1"
	cp "$tarball" "$root/$1/libtlspolicy_$version.orig.tar.xz"
	tar -C "$root/$1" -xf "$tarball"
	mv "$root/$1/$name/packaging/debian" "$root/$1/$name/debian"
	# shellcheck disable=SC2016 # for the inner shell
	inside sh -c 'cd "$1" && DEB_BUILD_OPTIONS="nocheck parallel=2" \
		dpkg-buildpackage -us -uc' sh "/$1/$name" >"$work/log" 2>&1 || {
		tail -n 60 "$work/log"
		return 1
	}
}

debian() { # SUITE
	locale=C.UTF-8 zone=UTC
	bootstrapped "$1"
	built build
	# Who uploads has an address, and a bug to close.
	inside sh -c 'cd /build && lintian --allow-root --fail-on error,warning \
		--suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog \
		--suppress-tags initial-upload-closes-no-bugs \
		--tag-display-limit 0 *.changes'
	inside sh -c 'dpkg -i /build/*.deb' >"$work/log"
	inside "/build/$name/debian/tests/installed" >"$work/log" 2>&1 || {
		cat "$work/log"
		return 1
	}
	echo "$1: built, without a word of lintian's, installed and used"
}

# Other folder, locale and time zone: the same packages, byte by byte.
again() {
	inside localedef -i tr_TR -f UTF-8 tr_TR.UTF-8
	locale=tr_TR.UTF-8 zone=XYZ-14
	built "another/place"
	for deb in "$root"/build/*.deb; do
		cmp "$deb" "$root/another/place/${deb##*/}"
	done
	echo "two paths, locales and time zones: the same packages"
}

rpms() {
	mkdir -p "$work/rpm/SOURCES" "$work/rpm/root"
	cp "$tarball" "$work/rpm/SOURCES"
	tar -C "$work/rpm" -xf "$tarball" --strip-components 3 \
		"$name/packaging/rpm/libtlspolicy.spec"
	rpmbuild --quiet -bb --nodeps --nocheck --define "_topdir $work/rpm" \
		"$work/rpm/libtlspolicy.spec" >"$work/log" 2>&1 || {
		tail -n 60 "$work/log"
		return 1
	}
	rpm --root "$work/rpm/root" --ignorearch --nodeps -i \
		"$work"/rpm/RPMS/*/*.rpm
	libdir=$(find "$work/rpm/root" -name 'libtlspolicy.so.0')
	LD_LIBRARY_PATH=$(dirname "$libdir") "$work/rpm/root/usr/bin/tlspolicy" \
		show modern >"$work/log"
	grep -q 'TLSv1.3' "$work/log"
	(cd "$work"/rpm/RPMS/* && printf 'rpm: %s\n' *.rpm)
}

archive '' >/dev/null || apt-get -qq update
first=$1
for suite in "$@"; do
	debian "$suite"
	[ "$suite" != "$first" ] || again
	rm -rf "$root"
done
rpms
