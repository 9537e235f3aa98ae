/* What of the audio must not be in the ring: asked for by any thread, carried out by the channel's own media thread.
 *
 * A pause is for both channels, a hold and a mask for one. All of them leave silence and let time go on. */
#ifndef EARMARK_RING_SILENCE_H
#define EARMARK_RING_SILENCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define RING_UNSET UINT64_MAX

/* One word, so that each channel sees a pause and its look-back together or not at all. */
typedef struct ring_pause {
    _Atomic uint64_t asked; /* paused << 63 | a channel has yet to take the look-back << (32 + channel) | look-back */
    _Atomic uint64_t until; /* the sample before which a pause that was ended is not over yet */
} ring_pause;

/* One channel's. `since` fields are sample numbers, RING_UNSET when it is not so. */
typedef struct ring_silence {
    _Atomic uint64_t mask_asked; /* look-back + 1 << 32 | hold, in samples; 0: nothing asked */
    atomic_bool      hold_asked;
    uint64_t         paused_since, held_since, tone_since; /* the channel's own thread only, from here on */
    uint64_t         tone_until;
} ring_silence;

void ring_silence_init(ring_silence *silence);

/* Any thread. Look-backs and holds in samples, below 2^31. */
void ring_pause_ask(ring_pause *pause, uint32_t look_back);
bool ring_pause_lasts(const ring_pause *pause);
void ring_pause_end(ring_pause *pause, uint64_t until);
void ring_silence_ask_mask(ring_silence *silence, uint32_t look_back, uint32_t hold);

/* The channel's own thread, which has reached `written`: what is asked now. True with `look_back` set: that much is to be
 * wiped for a pause. */
bool ring_pause_take(ring_pause *pause, unsigned channel, uint64_t written, bool *paused, uint32_t *look_back);
bool ring_silence_take_mask(ring_silence *silence, uint32_t *look_back, uint32_t *hold);

/* How many of `count` samples from `start` on are silent; they are always the first of them. */
unsigned ring_silence_share(const ring_silence *silence, uint64_t start, unsigned count);

#endif
