/* What happens to one channel's frames: touch-tones in them are masked in the ring, and keys that were asked for told.
 *
 * No key is kept that nobody has asked for: of the office's only those that can be a feature code, which is an asterisk
 * and up to four keys after it, of the far party's none but the asterisk (the office's phone may send back its echo) unless
 * a menu listens. */
#ifndef EARMARK_EAR_H
#define EARMARK_EAR_H

#include "key_queue.h"
#include "ring_writer.h"
#include "touch_tone.h"

#define EAR_CODE_KEYS     5    /* the longest feature code */
#define EAR_CODE_PAUSE_MS 3000 /* between its keys */

typedef enum ear_wish { EAR_NO_KEYS, EAR_CODES, EAR_ALL_KEYS, EAR_ASTERISKS } ear_wish;

typedef struct ear {
    uint8_t     channel;
    atomic_int  wish;           /* any thread may set it */
    key_queue   keys;
    touch_tone  tone;           /* the channel's media thread only, from here on */
    uint32_t    sample_rate_hz;
    bool        paused;
    unsigned    code_keys_left;
    uint64_t    code_until;     /* a key that begins later is no part of the code */
    uint64_t    reached;
} ear;

/* Of one frame, for whoever mutes feature codes: a key began that begins a code, or a tone goes on. */
typedef enum ear_heard { EAR_NOTHING, EAR_TONE, EAR_CODE_BEGAN } ear_heard;

/* False: a sample rate that the detector does not know. */
bool ear_init(ear *listener, uint8_t channel, uint32_t sample_rate_hz);

/* Any thread: which keys are wanted. None at first. */
void ear_listen(ear *listener, ear_wish wish);

/* The dispatcher: the keys since the last time. */
unsigned ear_keys(ear *listener, heard_key *keys, unsigned room);

/* The channel's media thread. As ring_writer_put; `ring` may be NULL, then there is only listening. */
ear_heard ear_put(ear *listener, ring_writer *ring, uint64_t timestamp, const int16_t *samples, unsigned count,
                  const ring_time *now);

/* The same, listening to `samples` and putting `louder` ones into the ring. */
ear_heard ear_put_louder(ear *listener, ring_writer *ring, uint64_t timestamp, const int16_t *samples,
                         const int16_t *louder, unsigned count, const ring_time *now);

/* Forget whatever was heard and not told. Nobody may be inside ear_put. */
void ear_wipe(ear *listener);

#endif
