/* SPDX-License-Identifier: MIT */
/* What the files of tlspolicy scan share. */
#ifndef SCAN_H
#define SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "hello.h"

/* registry.c, made by tests/registry.py: in the order of their codes */

struct code {
	uint16_t code;
	const char *name;
};
extern const struct code suites[], groups[];
extern const size_t suite_count, group_count;

/* codes.c: the registry's names; NULL: none */
const char *suite_name(uint16_t suite);
const char *group_name(uint16_t group);

#ifndef SCAN_BYTES_ONLY

#include "starttls.h"
#include "tool.h"

/* names.c: as OpenSSL and the library have them */

/* OpenSSL's name, which policies use; NULL: it has none. */
const char *suite_openssl_name(uint16_t suite);
/* The library's name of a group; NULL: no policy can name it. */
const char *group_policy_name(uint16_t group);
/* The code of a group by any name that the library knows; 0: none. */
uint16_t group_code(const char *name);

/* What is asked: these suites and groups, in this version. */
struct question {
	int version;
	bool own;   /* by a hello of ours, not by OpenSSL with all its groups */
	bool small; /* that hello is to be short */
	bool srp;   /* and to have a user */
	uint16_t suites[SUITES_MOST], groups[GROUPS_MOST];
	size_t suite_count, group_count;
};

enum outcome { ACCEPTED, REFUSED, UNDECIDED };
/* Why it is undecided. */
enum failing {
	FAILS_NOT,
	HANGS_UP,
	ODD_ALERT,
	TOO_LATE,
	GARBLED,
	UNREACHED,
	ASKS_USER /* it has chosen a suite of SRP, and does not say which */
};

struct answer {
	enum outcome outcome;
	enum failing failing;
	bool spoke;            /* TLS, whatever it said */
	bool asked;            /* for a client certificate */
	bool hung;             /* refused, but by closing the connection */
	int alert;             /* -1: none */
	uint16_t suite, group; /* 0: no group */
	size_t bytes;          /* of the hello */
	char why[WHY_SIZE];    /* not accepted, or "" */
};

struct target {
	const char *text; /* as it was given */
	BIO_ADDRINFO *all;
	const BIO_ADDRINFO *at;
	char *servername, *host;
	const struct starttls *starttls; /* NULL: TLS at once */
	int seconds;
	bool reached; /* it takes connections at this address */
	bool over;    /* nothing more is asked: it takes too long */
	bool lossy;   /* it has failed on what it then answered */
	bool dead;    /* it fails on what it has accepted */
	bool
	    careful; /* it is asked in small pieces: it failed on a long list */
	char hopeless[WHY_SIZE]; /* why TLS is never reached, or "" */
	const char *hint;        /* what it seems to be, or NULL */
	unsigned connections, silences;
	struct timespec end;
	struct question control; /* something that it has accepted */
	bool controlled;
	size_t most_suites, most_bytes; /* of a hello that it has accepted */
	json_t *certificates;
	void (*tick)(const struct target *target); /* after each connection */
};

/* connect.c: a connection, as far as TLS */

struct talk {
	int fd;
	struct timespec end;
	struct target *target;
	struct answer *answer;
	bool late;
};

/* Milliseconds until a time, for poll(2). */
int time_left(const struct timespec *end);
bool time_from_now(struct timespec *end, int seconds);
void conclude(struct answer *answer, enum outcome outcome, const char *why);
/* For poll's events; false: the answer says that it is too late. */
bool wait_for(const struct talk *talk, short events);
bool send_all(const struct talk *talk, const unsigned char *bytes, size_t len);
/* As read(2), but -1 has set the answer. */
long receive(const struct talk *talk, unsigned char *buf, size_t size);
/* Fails with an answer; else talk->fd is to be closed. */
bool begin(struct talk *talk);

/* probe.c: one handshake by OpenSSL with a server that may be hostile */

void probe(struct target *target, const struct question *q, struct answer *a);
/* What OpenSSL can offer in a version, as codes. */
size_t probe_suites(int version, uint16_t list[SUITES_MOST]);

/* certificate.c: told, not judged */

void note_certificate(struct target *target, X509 *certificate);
void print_certificates(const json_t *report);

/* ask.c: an answer to be believed */

void ask(struct target *target, const struct question *q, struct answer *a);
/* Whether it accepts this, as it has before; lost connections aside. */
bool still_accepts(struct target *target, const struct question *q);
/* Whether a hello as long was accepted before. */
bool is_short(const struct target *target, const struct question *q,
    const struct answer *a);

/* survey.c: all that a server accepts in one version */

enum { SCANNED = 5 };
extern const int scanned[SCANNED];

struct found {
	uint16_t code[SUITES_MOST];
	size_t count;
};

struct survey {
	struct target *target;
	const struct tlspolicy *policy; /* NULL: none */
	struct found ciphers, groups;
	char unfinished[WHY_SIZE + 32]; /* why the lists are not whole, or "" */
	struct answer first;
	int version;
	bool asked, outside, hung;
	bool compared; /* with what the server has accepted */
};

void survey(struct survey *s);
/* Whether the policy permits the version, or one item in it. */
bool permits_scanned(const struct survey *s);
bool permits_suite(const struct survey *s, uint16_t suite);
bool permits_group(const struct survey *s, uint16_t group);
const char *scanned_name(int version);

/* targets.c: what is to be scanned */

struct spec {
	char *text; /* HOST:PORT */
	const struct starttls *starttls;
	char *servername; /* NULL: HOST, where that is a name */
};

struct specs {
	struct spec *list;
	size_t count;
};

/* From the operands and --targets; false after a complaint. */
bool read_specs(struct specs *specs, const struct arguments *args);
void free_specs(struct specs *specs);
/* Whether it is no name; and how long it is without a dot behind. */
bool is_address(const char *name);
size_t name_length(const char *name);
/* Looks it up; false: why has a sentence. */
bool resolve(
    struct target *target, const struct spec *spec, char *why, size_t size);

/* result.c: a scan's report */

/* The report of one target, with "status", and "error" or null. */
json_t *scan_target(const struct spec *spec, const struct tlspolicy *policy,
    const char *policy_text, int seconds,
    void (*tick)(const struct target *target));
json_t *failed_report(
    const struct spec *spec, const char *policy_text, const char *why);
int status_of(const json_t *report);
/* Of an array of reports, those with a status. */
size_t count_of(const json_t *reports, int status);

/* baseline.c: what an earlier report had */

/* Of a file with reports; false after a complaint. */
bool read_baseline(json_t **baseline, const char *name);
/* Marks what is new, adds what is gone, and raises the status. */
void compare_baseline(json_t *report, const json_t *baseline);

/* fleet.c: many at once, in processes of their own */

struct fleet {
	const struct specs *specs;
	const struct tlspolicy *policy;
	const char *policy_text;
	int seconds;
	unsigned jobs;
	/* Called in the order of the targets; keeps the report. */
	void (*take)(json_t *report, void *arg);
	void *arg;
};

void scan_fleet(const struct fleet *fleet);

/* formats.c, html.c: what is printed of reports */

struct format {
	const char *name;
	/* All in this order; NULL: nothing. */
	void (*begin)(size_t count);
	void (*report)(const json_t *report, size_t count);
	void (*end)(const json_t *reports); /* an array of all of them */
	bool whole;                         /* end needs the reports */
};

extern const struct format csv_format, junit_format, html_format;
/* Text in XML and HTML. */
void print_escaped(const char *text);
/* So is a target, with its name where that is not the host. */
void print_target(const json_t *report);
/* Whether an item is outside, or new. */
bool is_outside(const json_t *item);
/* "accepted", with a version and its items. */
bool is_accepted(const json_t *version);

#endif
#endif
