# SPDX-License-Identifier: MIT
# From gcc's call graph with the use of stack, the deepest way of each function
# that is exported: "BYTES NAME", or "circle NAME".  What OpenSSL takes below is
# not counted.
match($0, /title: "[^"]*"/) && /^node:/ {
	name = substr($0, RSTART + 8, RLENGTH - 9)
	if (match($0, /\\n[0-9]+ bytes/))
		own[name] = substr($0, RSTART + 2, RLENGTH - 8)
}
/^edge:/ {
	split($0, part, "\"")
	if (!((part[2], part[4]) in seen)) {
		seen[part[2], part[4]] = 1
		calls[part[2]] = calls[part[2]] part[4] "\n"
	}
}
# As often as there are functions, at the most: then there is a circle.
END {
	for (name in own) {
		deep[name] = own[name]
		count++
	}
	for (round = 0; changed || round == 0; round++) {
		changed = 0
		for (name in own) {
			n = split(calls[name], called, "\n")
			for (i = 1; i <= n; i++) {
				if (!(called[i] in own) ||
				    own[name] + deep[called[i]] <= deep[name])
					continue
				deep[name] = own[name] + deep[called[i]]
				changed = 1
				if (round > count) {
					print "circle", name
					exit
				}
			}
		}
	}
	for (name in own)
		if (name ~ /^tlspolicy_/)
			print deep[name], name
}
