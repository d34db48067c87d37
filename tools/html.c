/* SPDX-License-Identifier: MIT */
#include "scan.h"
const struct format html_format = { "html", NULL, NULL, NULL, true };
