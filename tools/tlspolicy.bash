# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Completion of tlspolicy(1) for bash.

_tlspolicy_words() {
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "${COMP_WORDS[COMP_CWORD]}")
}

_tlspolicy_profiles() {
	"${COMP_WORDS[0]}" list 2>/dev/null | while read -r name _; do
		printf '%s\n%s\n' "${name%@*}" "$name"
	done | sort -u
}

_tlspolicy() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		_tlspolicy_words 'info list show compare scan export run --help --version'
		return
	fi
	case $before in
	--policy | --coverage) _tlspolicy_words "$(_tlspolicy_profiles)" && return ;;
	--starttls) _tlspolicy_words 'smtp lmtp imap pop3 sieve ftp ldap postgres
		mysql xmpp xmpp-server nntp' && return ;;
	--format) _tlspolicy_words 'text json junit csv html' && return ;;
	--targets | --baseline) mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return ;;
	export) _tlspolicy_words \
		'nginx apache haproxy lighttpd stunnel openssl-conf --from' &&
		return ;;
	--openssl-conf | --ciphers | --servername | --timeout | --jobs | --from)
		return ;;
	esac
	case ${COMP_WORDS[1]}:$word in
	show:-*) _tlspolicy_words \
		'--override --openssl-conf --ciphers --json --help' ;;
	list:-*) _tlspolicy_words '--coverage --json --help' ;;
	scan:-*) _tlspolicy_words \
		'--policy --starttls --servername --timeout --jobs --targets
		--baseline --format --json --help' ;;
	export:-*) _tlspolicy_words '--from --help' ;;
	run:-*) _tlspolicy_words '--policy --enforce --override --log --json
		--no-explain --help' ;;
	*:-*) _tlspolicy_words '--json --help' ;;
	show:* | compare:* | export:*) _tlspolicy_words "$(_tlspolicy_profiles)" ;;
	scan:*) mapfile -t COMPREPLY < <(compgen -A hostname -S : -- "$word") ;;
	esac
}
complete -F _tlspolicy tlspolicy
