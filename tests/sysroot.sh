#!/bin/sh
# SPDX-License-Identifier: MIT
# sysroot.sh FOLDER SUITE [ARCHITECTURE|source|which [PACKAGE...]]
# Unpacks the development files of a Debian suite's OpenSSL, and what else the
# tests link, into FOLDER; with "source" that of OpenSSL, not unpacked; with
# "which" it only says which versions the suite and those below it have.  Nothing
# is installed: the machine's own packages stay as they are.  The archive is the
# one that apt is set up with.
set -eu
root=$1 suite=$2 arch=${3:-amd64}
shift 2
[ $# -eq 0 ] || shift
native=$arch
case $arch in source | which) native=$(dpkg --print-architecture) ;; esac
packages="libssl-dev libc6-dev check openssl $*"
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# shellcheck source=tests/archive.sh
. "$(dirname "$0")/archive.sh"

if ! main=$(archive ''); then
	apt-get -qq update >&2
	main=$(archive '') || {
		echo "no Debian archive in apt's configuration" >&2
		exit 1
	}
fi
security=$(archive -security) || security=${main%/}-security

lists() {
	[ "$arch" != source ] || echo "deb-src [signed-by=$keyring] $main $1 main"
	echo "deb [signed-by=$keyring] $main $1 main"
	case $suite in
	bullseye | bookworm | trixie)
		echo "deb [signed-by=$keyring] $security $1-security main"
		;;
	experimental)
		echo "deb [signed-by=$keyring] $main experimental main"
		;;
	esac
}

# apt with a state of its own, in which no package is installed.
apt() {
	apt_run apt-get "$@" >&2
}

apt_run() {
	tool=$1
	shift
	"$tool" -qq -o Dir::State="$state" -o Dir::Cache="$state/cache" \
		-o Dir::State::status="$state/status" \
		-o Dir::State::lists="$state/lists" \
		-o Dir::Etc::sourcelist="$state/sources.list" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o APT::Architecture="$native" -o APT::Architectures="$native" \
		-o APT::Sandbox::User=root -o APT::Install-Recommends=false \
		-o Acquire::Check-Valid-Until=false -o Acquire::Languages=none \
		-o APT::Default-Release="$release" -o Debug::NoLocking=true "$@" </dev/null
}

rm -rf "$root" "$root.part"
mkdir -p "$root.part"
state=$root.part/apt
release=
[ "$suite" != experimental ] || release=experimental
mkdir -p "$state/lists/partial" "$state/cache/archives/partial"
: >"$state/status"
case $suite in
experimental) lists sid ;;
*) lists "$suite" ;;
esac >"$state/sources.list"
# A list may be out of step with its archive for a while: what is missing then
# shows below.
apt -o Acquire::Retries=3 update || echo "sysroot.sh: some lists are missing" >&2
if [ "$arch" = which ]; then
	apt_run apt-cache madison libssl-dev | sed 's/^[^|]*| *\([^ ]*\).* \([^ /]*\)\/.*/\1 \2/'
	rm -rf "$root.part"
	exit
fi
if [ "$arch" = source ]; then
	(cd "$root.part" && apt --download-only source openssl)
	rm -rf "$state"
	mv "$root.part" "$root"
	exit
fi
# shellcheck disable=SC2086 # a list of words
apt --download-only -y install $packages

for folder in bin sbin lib lib64; do
	mkdir -p "$root.part/usr/$folder"
	ln -s "usr/$folder" "$root.part/$folder"
done
for deb in "$state"/cache/archives/*.deb; do
	dpkg-deb --fsys-tarfile "$deb" | tar -C "$root.part" -x --no-same-owner \
		--keep-directory-symlink --exclude='./usr/share/doc/*' \
		--exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
done
rm -rf "$state"
# Absolute links would lead out of the folder.
find "$root.part" -type l -lname '/*' | while read -r link; do
	ln -snf "$(realpath -m --relative-to="${link%/*}" \
		"$root.part$(readlink "$link")")" "$link"
done
mv "$root.part" "$root"
