/* Telephone keys that come as events (RFC 4733), each with the stream it came on: pjsua tells of the call only. */
#ifndef EARMARK_STREAM_KEYS_H
#define EARMARK_STREAM_KEYS_H

#include <stdbool.h>
#include <stdint.h>

/* What a packet says of a key: it is down, or `over`. */
typedef struct stream_key {
    uint32_t stream;
    uint16_t duration_ms;
    bool     over;
    char     key;
} stream_key;

/* Tell the keys of a stream (a pjmedia_stream) under that number from now on, in pjsua's stead. From the thread that polls
 * pjsip, while the stream is there. Statuses are pjlib's. */
int stream_keys_listen(void *stream, uint32_t number);

/* The keys since the last time; what was read is overwritten with zeros. One thread. */
unsigned stream_keys_take(stream_key *keys, unsigned room);

#endif
