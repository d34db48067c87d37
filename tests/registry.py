#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""registry.py TLS.LUA CIPHER-MAPPING.TXT [TLS-PARAMETERS-4.CSV]

Prints tools/registry.c: the cipher suites and groups that a scan offers, from
nmap's and testssl.sh's copies of IANA's registry and what was registered since.
With IANA's own file of cipher suites it fails for what that has more, so that
the table can be held against today's:

    tests/registry.py /usr/share/nmap/nselib/tls.lua \\
        /etc/testssl/cipher-mapping.txt >tools/registry.c
"""
import re
import sys

# Since those copies were made, and where their names are not the registry's.
LATER = {
    0x1306: "TLS_AEGIS_256_SHA512",
    0x1307: "TLS_AEGIS_128L_SHA256",
    0xC0B4: "TLS_SHA256_SHA256",
    0xC0B5: "TLS_SHA384_SHA384",
    # Never registered under a name of their own; GOST as OpenSSL's engine.
    0xFF02: "TLS_RSA_WITH_28147_CNT_GOST89MAC",
    0xFF03: "TLS_RSA_WITH_28147_CNT_GOST89STREAM",
    0xFF85: "TLS_GOSTR341112_256_WITH_28147_CNT_IMIT_OLD",
    0xFF87: "TLS_GOSTR341112_256_WITH_NULL_GOSTR3411",
}
SIGNALS = (0x00FF, 0x5600)  # no suites, but signals
# Registry "TLS Supported Groups"; lib/names.c has the names for policies.
GROUPS = {
    1: "sect163k1", 2: "sect163r1", 3: "sect163r2", 4: "sect193r1",
    5: "sect193r2", 6: "sect233k1", 7: "sect233r1", 8: "sect239k1",
    9: "sect283k1", 10: "sect283r1", 11: "sect409k1", 12: "sect409r1",
    13: "sect571k1", 14: "sect571r1", 15: "secp160k1", 16: "secp160r1",
    17: "secp160r2", 18: "secp192k1", 19: "secp192r1", 20: "secp224k1",
    21: "secp224r1", 22: "secp256k1", 23: "secp256r1", 24: "secp384r1",
    25: "secp521r1", 26: "brainpoolP256r1", 27: "brainpoolP384r1",
    28: "brainpoolP512r1", 29: "x25519", 30: "x448",
    31: "brainpoolP256r1tls13", 32: "brainpoolP384r1tls13",
    33: "brainpoolP512r1tls13", 34: "GC256A", 35: "GC256B", 36: "GC256C",
    37: "GC256D", 38: "GC512A", 39: "GC512B", 40: "GC512C", 41: "curveSM2",
    256: "ffdhe2048", 257: "ffdhe3072", 258: "ffdhe4096", 259: "ffdhe6144",
    260: "ffdhe8192", 512: "MLKEM512", 513: "MLKEM768", 514: "MLKEM1024",
    4587: "SecP256r1MLKEM768", 4588: "X25519MLKEM768",
    4589: "SecP384r1MLKEM1024", 4590: "curveSM2MLKEM768",
    25497: "X25519Kyber768Draft00", 25498: "SecP256r1Kyber768Draft00",
    65281: "arbitrary_explicit_prime_curves",
    65282: "arbitrary_explicit_char2_curves",
}


def read_nmap(name):
    rule = r'^\["((?:TLS|SSL)_\w+)"\]\s*=\s*0x([0-9A-Fa-f]{4})'
    return {int(m[2], 16): m[1]
            for m in re.finditer(rule, open(name).read(), re.M)}


def read_testssl(name):
    rule = r"^\s*0x([0-9A-F]{2}),0x([0-9A-F]{2})\s+-\s+\S+\s+(\w+)"
    return {int(m[1] + m[2], 16): m[3]
            for m in re.finditer(rule, open(name).read(), re.M)}


def read_iana(name):
    rule = r'^"0x([0-9A-F]{2}),0x([0-9A-F]{2})",(TLS_\w+)'
    return {int(m[1] + m[2], 16): m[3]
            for m in re.finditer(rule, open(name).read(), re.M)}


def main(nmap, testssl, iana=None):
    suites = {**read_testssl(testssl), **read_nmap(nmap), **LATER}
    for code in SIGNALS:
        suites.pop(code, None)
    for code, name in read_iana(iana).items() if iana else ():
        if code not in SIGNALS and suites.get(code) != name:
            sys.exit("0x%04X is %s" % (code, name))
    print("""/* SPDX-License-Identifier: MIT */
/*
 * Made by tests/registry.py on 2026-11-28: do not edit.  IANA's registries "TLS
 * Cipher Suites" and "TLS Supported Groups", as nmap 7.93 (September 2022) and
 * testssl.sh 3.0.8 have them and with what that script adds (November 2026),
 * and suites that were deployed without being registered.
 */
#define SCAN_BYTES_ONLY
#include "scan.h"

const struct code suites[] = {""")
    for code, name in sorted(suites.items()):
        row = '\t{ 0x%04x, "%s" },' % (code, name)
        if len(row) + 7 > 80:
            row = '\t{ 0x%04x,\n\t    "%s" },' % (code, name)
        print(row)
    print("""};
const size_t suite_count = sizeof(suites) / sizeof(suites[0]);

const struct code groups[] = {""")
    for code, name in sorted(GROUPS.items()):
        print('\t{ 0x%04x, "%s" },' % (code, name))
    print("};\nconst size_t group_count = sizeof(groups) / sizeof(groups[0]);")


main(*sys.argv[1:])
