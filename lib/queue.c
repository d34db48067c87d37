/* SPDX-License-Identifier: MIT */
/*
 * The caller's error queue, and errno: set aside, and put back as they were.
 * This is OpenSSL's business, which differs between its releases.
 */
#define OPENSSL_SUPPRESS_DEPRECATED            /* ERR_get_state() */
#define DECLARE_DEPRECATED(function) function; /* the same on 1.1.1 */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "internal.h"

#define QUEUE_SIZE 16 /* OpenSSL's ERR_NUM_ERRORS */

/* The text of an entry, or that of its reason. */
static void
put_text(struct output *out, unsigned long entry, const char *text, int flags)
{
	if (out == NULL)
		return;
	if ((flags & ERR_TXT_STRING) == 0)
		text = ERR_reason_error_string(entry);
	out->len = 0;
	tlsp_put(out, text != NULL ? text : "");
}

#if OPENSSL_VERSION_NUMBER >= 0x40000000L
/*
 * 4.0 hides ERR_STATE and has OSSL_ERR_STATE_save() instead, which forgets
 * marks: so the queue is taken in pieces, each down to the next mark.
 */
struct queue {
	ERR_STATE *added;
	ERR_STATE *piece[QUEUE_SIZE]; /* the newest first */
	int marks[QUEUE_SIZE];        /* below the piece */
	size_t count;
};

static void
queue_free(struct queue *queue)
{
	for (size_t i = 0; i < QUEUE_SIZE; i++)
		OSSL_ERR_STATE_free(queue->piece[i]);
	OSSL_ERR_STATE_free(queue->added);
	OPENSSL_free(queue);
}

/* Puts the entries back, whose texts OpenSSL copies. */
static void
queue_put(const struct queue *queue)
{
	for (size_t i = queue->count; i-- > 0;) {
		for (int n = 0; n < queue->marks[i]; n++)
			(void)ERR_set_mark();
		OSSL_ERR_STATE_restore(queue->piece[i]);
	}
}

static bool
queue_take(struct queue *queue)
{
	queue->added = OSSL_ERR_STATE_new();
	for (size_t i = 0; ERR_peek_error() != 0 && i < QUEUE_SIZE; i++) {
		if ((queue->piece[i] = OSSL_ERR_STATE_new()) == NULL)
			break;
		OSSL_ERR_STATE_save_to_mark(queue->piece[i]);
		queue->count = i + 1;
		for (; ERR_peek_error() != 0 && ERR_count_to_mark() == 0;
		     queue->marks[i]++)
			(void)ERR_clear_last_mark();
	}
	if (queue->added != NULL && ERR_peek_error() == 0)
		return true;
	queue_put(queue);
	return false;
}

static unsigned long
queue_entry(const struct queue *queue, int index, struct output *out)
{
	unsigned long entry = 0;
	const char *text;
	int flags;

	/* OpenSSL tells of the thread's own queue alone. */
	OSSL_ERR_STATE_save(queue->added);
	queue_put(queue);
	for (int i = 0; i <= index; i++)
		entry = ERR_get_error_all(NULL, NULL, NULL, &text, &flags);
	if (entry != 0)
		put_text(out, entry, text, flags);
	ERR_clear_error();
	OSSL_ERR_STATE_restore(queue->added);
	return entry;
}

static void
queue_return(struct queue *queue)
{
	OSSL_ERR_STATE_save(queue->added);
	queue_put(queue);
	OSSL_ERR_STATE_restore(queue->added);
}
#else
/*
 * No function before 3.2 saves a queue, and a library built on 3.5 must load on
 * 3.0; up to 3.6 ERR_STATE is public.
 */
struct queue {
	ERR_STATE state;
};

static void
queue_free(struct queue *queue)
{
	OPENSSL_free(queue);
}

static bool
queue_take(struct queue *queue)
{
	ERR_STATE *own = ERR_get_state();

	queue->state = *own;
	memset(own, 0, sizeof(*own));
	return true;
}

static unsigned long
queue_entry(const struct queue *queue, int index, struct output *out)
{
	const ERR_STATE *from = &queue->state;
	int count =
	    (from->top - from->bottom + ERR_NUM_ERRORS) % ERR_NUM_ERRORS;
	int i = (from->bottom + 1 + index) % ERR_NUM_ERRORS;

	if (index >= count)
		return 0;
	put_text(out, from->err_buffer[i], from->err_data[i],
	    from->err_data_flags[i]);
	return from->err_buffer[i];
}

/* Frees what an entry owns. */
static void
wipe_entry(ERR_STATE *from, int i)
{
	if ((from->err_data_flags[i] & ERR_TXT_MALLOCED) != 0)
		OPENSSL_free(from->err_data[i]);
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	OPENSSL_free(from->err_file[i]);
	OPENSSL_free(from->err_func[i]);
#endif
}

/* Moves the entries of a queue to the thread's own, oldest first. */
static void
queue_return(struct queue *queue)
{
	ERR_STATE *own = ERR_get_state(), from = *own;

	*own = queue->state;
	while (from.bottom != from.top) {
		int i = from.bottom = (from.bottom + 1) % ERR_NUM_ERRORS;
		const char *function = NULL;

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
		function = from.err_func[i];
#endif
		tlsp_errors_add(from.err_file[i], from.err_line[i], function,
		    ERR_GET_LIB(from.err_buffer[i]),
		    ERR_GET_REASON(from.err_buffer[i]));
		if ((from.err_data_flags[i] & ERR_TXT_STRING) == 0)
			continue;
		/* The text itself goes over: copying might lack memory. */
		ERR_set_error_data(from.err_data[i], from.err_data_flags[i]);
		from.err_data_flags[i] = 0;
	}
	for (int i = 0; i < ERR_NUM_ERRORS; i++)
		wipe_entry(&from, i);
}
#endif

bool
tlsp_errors_begin(struct errors *errors)
{
	errors->number = errno;
	errors->queue = NULL;
	if (ERR_peek_error() == 0)
		return true;
	/* A failure here must leave no entry, as OPENSSL_malloc() does. */
	errors->queue = CRYPTO_zalloc(sizeof(*errors->queue), NULL, 0);
	if (errors->queue != NULL && queue_take(errors->queue))
		return true;
	if (errors->queue != NULL)
		queue_free(errors->queue);
	errno = errors->number;
	return false;
}

unsigned long
tlsp_errors_entry(const struct errors *errors, int index, struct output *out)
{
	return errors->queue == NULL ? 0
				     : queue_entry(errors->queue, index, out);
}

void
tlsp_errors_end(struct errors *errors, bool keep)
{
	/* To clear an empty queue would take longer than most of a call. */
	if (!keep && ERR_peek_error() != 0)
		ERR_clear_error();
	if (errors->queue != NULL) {
		queue_return(errors->queue);
		queue_free(errors->queue);
	}
	errno = errors->number;
}
