/* SPDX-License-Identifier: MIT */
#ifndef ADDRESS_H
#define ADDRESS_H

#include "preload.h"

/* The peer's, "127.0.0.1:443" or "[::1]:443"; "" where there is no socket. */
void address_of(const SSL *ssl, char peer[PEER_SIZE]);

#endif
