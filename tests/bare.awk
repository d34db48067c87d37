# SPDX-License-Identifier: MIT
# A header without its comments, each directive in one line.
{
	line = line $0
	if (line ~ /\\$/) {
		sub(/[ \t]*\\$/, " ", line)
		next
	}
	while (1) {
		if (inside) {
			if (!(i = index(line, "*/")))
				break
			line = substr(line, i + 2)
			inside = 0
		}
		if (!(i = index(line, "/*"))) {
			print line
			break
		}
		printf "%s ", substr(line, 1, i - 1)
		line = substr(line, i + 2)
		inside = 1
	}
	line = ""
}
