/* SPDX-License-Identifier: MIT */
#ifndef TESTS_PROVIDER_H
#define TESTS_PROVIDER_H

/*
 * A provider with two groups for TLS 1.3 that OpenSSL itself does not have:
 * "xorgroup", 0xfe42, and "deadgroup", 0xfe43, of which no key can be made; and
 * with a signature algorithm from 3.2 on, "xorsig", 0xfe44.  It is loaded
 * beside the default one.  0: this OpenSSL has no providers.
 */
int provider_load(void);
void provider_unload(void);

#endif
