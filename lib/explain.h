/* SPDX-License-Identifier: MIT */
#ifndef TLSPOLICY_EXPLAIN_H
#define TLSPOLICY_EXPLAIN_H

/* What is true of a connection, and what a cause asks to be. */
enum {
	FACT_CLIENT = 0x1, /* this end */
	FACT_SERVER = 0x2,
	FACT_OPEN = 0x4,       /* no version is chosen yet */
	FACT_CHOSEN = 0x8,     /* one is */
	FACT_OLD = 0x10,       /* it is, or can only be, one before TLS 1.2 */
	FACT_DTLS = 0x20,      /* datagrams */
	FACT_LOWEST = 0x40,    /* this end goes into every old version */
	FACT_DONE = 0x80,      /* a handshake was complete */
	FACT_BANNED = 0x100,   /* and SSL_OP_NO_RENEGOTIATION forbids another */
	FACT_LOADED = 0x200,   /* this end has a certificate */
	FACT_BARE = 0x400,     /* it has none */
	FACT_WITHHELD = 0x800, /* of a client, which could not be sent */
	FACT_STALE = 0x1000    /* a client offers a session of a cipher that is
				  not permitted any more */
};

/* What a cause says beside its texts. */
enum {
	ALSO_OWN = 0x1,     /* look whether this side has any usable version */
	ALSO_UP = 0x2,      /* a higher version on this side may help */
	ALSO_DOWN = 0x4,    /* or a lower one */
	ALSO_OFFER = 0x8,   /* the client's highest version, as it said */
	ALSO_OTHER = 0x10,  /* "not a version problem" */
	ALSO_VERIFY = 0x20, /* the result of the verification */
	ALSO_ENTRY = 0x40,  /* the entry of the error queue */
	ALSO_CHOSE = 0x80   /* a server's choice, which may be SSL 3.0 */
};

/* Reasons that are none of OpenSSL's, which are above 0. */
enum {
	REASON_UNKNOWN = -8, /* OpenSSL's, without a row of its own */
	REASON_ALERT,        /* the same for an alert */
	REASON_WEAK,         /* verification failed for the level */
	REASON_ELSEWHERE,    /* not OpenSSL's TLS */
	REASON_CLEARED,      /* failed, and nothing on the error queue */
	REASON_WAITING,
	REASON_NOT_BEGUN,
	REASON_COMPLETED
};

/* OpenSSL's numbers for reasons that 1.1.1 has no name for. */
enum {
	REASON_NO_SUITABLE_GROUPS = 295,
	REASON_UNEXPECTED_EOF = 294,
	REASON_LEGACY_SIGALG = 333,
	REASON_ALERT_NO_APPLICATION_PROTOCOL = 1120
};

/* In texts % stands for the D of DTLS, and [] is left out there. */
struct cause {
	int reason;
	unsigned when, also; /* FACT_, ALSO_ */
	const char *what, *advice;
};

/* Never NULL. */
const struct cause *tlsp_cause(int reason, unsigned facts);
/* The alert of a reason that came from the peer; -1: it did not. */
int tlsp_cause_alert(int reason);

#endif /* TLSPOLICY_EXPLAIN_H */
