# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# The address of the archive that apt is set up with, for those who source this:
# archive '' or archive -security; none is known before "apt-get update".
archive() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		grep -m 1 "/debian$1/*\$"
}
