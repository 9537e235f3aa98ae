/* Telephone keys on their way from a media thread to the dispatcher: one writer, one reader, no lock.
 *
 * A key that was read, or is not wanted any more, is overwritten with zeros. */
#ifndef EARMARK_KEY_QUEUE_H
#define EARMARK_KEY_QUEUE_H

#include <stdatomic.h>
#include <stdint.h>

#define KEY_QUEUE_ROOM 16

typedef struct heard_key {
    uint64_t at_sample;   /* where it began */
    uint32_t duration_ms;
    uint8_t  channel;
    char     key;         /* 0-9 * # A-D */
    uint8_t  reserved[2];
} heard_key;

typedef struct key_queue {
    _Atomic uint32_t written, read;
    heard_key        keys[KEY_QUEUE_ROOM];
} key_queue;

/* How many keys any queue of this process was ever given: while it stays the same there is nothing to take. */
extern _Atomic uint64_t key_queue_puts;

/* The media thread. A key for which there is no room is dropped: nobody has asked for keys for a long time. */
void key_queue_put(key_queue *queue, const heard_key *key);

/* The dispatcher. How many keys it moved to `keys`. */
unsigned key_queue_take(key_queue *queue, heard_key *keys, unsigned room);

#endif
