#!/bin/sh
# SPDX-License-Identifier: MIT
# bootstrap, in a folder and with programs that only say what was asked of them:
# what it installs, how it asks for it, and where it goes on.
set -u
# shellcheck source=tests/tap.sh
. "${srcdir:-.}/tests/tap.sh"

tree=$tmp/tree bin=$tmp/bin log=$tmp/log
mkdir "$tree" "$bin"
cp "$srcdir/bootstrap" "$tree"
for program in cat dirname env find grep id make mkdir nproc rm sed sh tail \
	touch tr; do
	path=$(command -v "$program") || all "there is no $program"
	ln -s "$path" "$bin/$program"
done

program() { # NAME: takes its text from standard input
	rm -f "$bin/$1"
	{
		echo '#!/bin/sh'
		echo "echo \"${1##*/} \$*\" >>'$log'"
		cat
	} >"$bin/$1"
	chmod +x "$bin/$1"
}
for name in cc c++ pkg-config; do
	program "$name" </dev/null
done

# As configure does it: what tells how it went comes before the Makefile.
cat >"$tree/configure" <<END
#!/bin/sh
echo configure >>'$log'
: >config.status
[ ! -e '$tmp/interrupt' ] || exit 1
printf 'all:\n\t@echo make >>%s\n' '$log' >Makefile
END
chmod +x "$tree/configure"
: >"$tree/configure.ac"
: >"$tree/Makefile.am"
sleep 0.1
: >"$tree/Makefile.in"

boot() { # STATUS ARGUMENT...
	want=$1
	shift
	: >"$log"
	PATH=$bin "$bin/sh" "$tree/bootstrap" "$@" >"$tmp/out" 2>&1 </dev/null
	got=$?
	cat "$log" >>"$tmp/out"
	[ "$got" -eq "$want" ]
}
says() {
	grep -q -e "$1" "$tmp/out"
}

boot 0 --no-install build && says '^make$'
result $? 'a tarball is built without autotools'
mv "$tree/Makefile.in" "$tmp"
boot 1 --no-install build && says '^install them by: apt-get install .*autoconf '
result $? 'a checkout asks for them'
mv "$tmp/Makefile.in" "$tree"

rm -rf "$tree/build"
: >"$tmp/interrupt"
boot 1 --no-install build && says '^configure$'
rm "$tmp/interrupt"
boot 0 --no-install build && says '^configure$' && says '^make$'
result $? 'configure that was interrupted is run again'
boot 0 --no-install build && ! says '^configure$'
result $? 'and not once more'

# No root, and something is missing.
rm "$bin/c++"
program id <<'END'
echo 1000
END
program apt-get <<END
[ "\${*#*install}" = "\$*" ] || cp '$bin/cc' '$bin/c++'
END
program dpkg </dev/null
ln -s "$(command -v cp)" "$bin/cp"
line='apt-get install --no-install-recommends g++ $'
boot 1 build && says "$line" && ! says '^apt-get '
result $? 'without sudo it prints the whole line'
program sudo <<END
case \$1 in
-v) : >'$tmp/asked' ;;
-n) [ -e '$tmp/asked' ] && shift && exec "\$@" ;;
esac
END
boot 1 build && says "$line" && ! says '^sudo -v'
result $? 'nor does it wait for a password where nobody can type one'
if command -v script >/dev/null; then
	: >"$log"
	PATH=$bin SHELL=$bin/sh "$(command -v script)" -qec \
		"$bin/sh $tree/bootstrap build" /dev/null >"$tmp/out" 2>&1 \
		</dev/null
	[ -e "$bin/c++" ] && [ "$(grep -c '^sudo -v' "$log")" -eq 1 ] &&
		grep -q '^apt-get .*install.* g++$' "$log" &&
		grep -q '^make$' "$log"
	result $? 'on a terminal it asks once'
else
	skip 'on a terminal it asks once' 'there is no script(1)'
fi
echo "1..$n"
