#!/bin/sh
# SPDX-License-Identifier: MIT
# Programs that people run, as clients, under "tlspolicy run": see the program.
# shellcheck source=tests/running.sh
. "${srcdir:-.}/tests/running.sh"
