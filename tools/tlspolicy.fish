# SPDX-License-Identifier: MIT
# Completion of tlspolicy(1) for fish.  Commands and options are those that its
# --help has.

function __tlspolicy_policies
	set -l text (commandline -ct | string replace -r -- '^--[a-z]+=' '')
	set -l begun (string match -r -- '^.*,' $text)
	set -l item (string replace -r -- '^.*,' '' $text)
	if test -z "$begun"
		tlspolicy list 2>/dev/null |
			sed -n 's/^\([a-z0-9-]*\)\(@[0-9-]*\)  *\(.*\)/\1\t\3\n\1\2\t\3/p'
	end
	switch $item
		case 'min=*' 'max=*' 'disable=*'
			set -l key (string replace -r -- '[^=:]*$' '' $item)
			printf '%s\n' $begun$key'TLSv1'{,.1,.2,.3}
		case 'level=*'
			printf '%s\n' $begun'level='(seq 0 5)
		case 'renegotiation=*'
			printf '%s\n' $begun'renegotiation='{on,off}
		case 'preference=*'
			printf '%s\n' $begun'preference='{server,client}
		case '*'
			printf '%s\n' $begun{min,max,disable,ciphers,ciphersuites,groups,sigalgs,level,renegotiation,preference}=
	end
end

function __tlspolicy_options
	set -l words (commandline -opc)
	tlspolicy $words[2] --help 2>/dev/null | grep -oe '--[a-z][a-z-]*'
	echo --help
end

complete -c tlspolicy -f
complete -c tlspolicy -n __fish_use_subcommand -a '--help --version'
complete -c tlspolicy -n __fish_use_subcommand -a '(tlspolicy --help 2>/dev/null |
	sed -n "s/^  \([a-su-z][a-z]*\) .*/\1/p")'
complete -c tlspolicy -n 'not __fish_use_subcommand;
	and string match -q -- "-*" (commandline -ct)' -a '(__tlspolicy_options)'
complete -c tlspolicy -n '__fish_seen_subcommand_from show compare' -a '(__tlspolicy_policies)'
complete -c tlspolicy -n '__fish_seen_subcommand_from scan run' -l policy -x -a '(__tlspolicy_policies)'
complete -c tlspolicy -n '__fish_seen_subcommand_from list' -l coverage -x -a '(tlspolicy list 2>/dev/null | sed "s/  */\t/")'
complete -c tlspolicy -n '__fish_seen_subcommand_from scan' -l starttls -x -a 'smtp lmtp imap pop3 sieve ftp ldap postgres mysql xmpp xmpp-server nntp'
complete -c tlspolicy -n '__fish_seen_subcommand_from scan' -l format -x -a 'text json junit csv html'
complete -c tlspolicy -n '__fish_seen_subcommand_from scan' -l targets -rF
complete -c tlspolicy -n '__fish_seen_subcommand_from scan' -l baseline -rF
complete -c tlspolicy -n '__fish_seen_subcommand_from scan' -a '(__fish_print_hostnames):'
complete -c tlspolicy -n '__fish_seen_subcommand_from run' -l log -rF
complete -c tlspolicy -n '__fish_seen_subcommand_from run' -a '(__fish_complete_subcommand)'
complete -c tlspolicy -n '__fish_seen_subcommand_from export; and test (count (commandline -opc)) -eq 2' -a 'nginx apache haproxy lighttpd stunnel openssl-conf'
complete -c tlspolicy -n '__fish_seen_subcommand_from export; and test (count (commandline -opc)) -ge 3' -a '(__tlspolicy_policies)'
