/* Telephone keys heard in a voice channel (ITU-T Q.23), without pjmedia, memory of its own, or a clock.
 *
 * Two ears in one. The strict one gives keys, to the limits of ITU-T Q.24: 40 ms are a key and 23 ms are not, 1.5% off
 * the frequency are and 3.5% are not. The quick one says what to silence: whatever could be decoded as a key by anyone,
 * short, faint, skewed or half covered by speech. */
#ifndef EARMARK_TOUCH_TONE_H
#define EARMARK_TOUCH_TONE_H

#include <stdbool.h>
#include <stdint.h>

#define TOUCH_TONE_FREQUENCIES 8
#define TOUCH_TONE_BLOCKS      4 /* of 5 ms: a window of 20 ms is judged every 5 ms */

/* What 5 ms of sound have of each of the eight frequencies, and of everything. */
typedef struct touch_tone_block {
    _Alignas(16) float cosine[TOUCH_TONE_FREQUENCIES];
    _Alignas(16) float sine[TOUCH_TONE_FREQUENCIES];
    float energy;
} touch_tone_block;

/* How far a frequency turns against its true value from one block to the next and over two, summed up. */
typedef struct touch_tone_turn {
    float near_real, near_imaginary, far_real, far_imaginary;
} touch_tone_turn;

/* The strict ear's opinion. Lengths in blocks. */
typedef struct touch_tone_key {
    int8_t   pair;             /* row * 4 + column, -1 none */
    bool     down, told;       /* it counts as a key; its end was told before it came */
    uint32_t run;              /* windows that showed it */
    float    recent[4];        /* how loud it was in the last of them */
    touch_tone_turn lower, upper;
    uint32_t length, since;    /* how long it was down, and how long that is ago */
} touch_tone_key;

/* The quick ear's opinion: pairs as above. */
typedef struct touch_tone_mask {
    int8_t   pair, masked;     /* in the newest window; the last that was silenced */
    uint32_t run, since;       /* windows that showed `pair`, and since the last that showed `masked` */
} touch_tone_mask;

typedef struct touch_tone {
    const float *waves;        /* shared, for the sample rate */
    unsigned block_samples;
    unsigned filled;           /* of the newest block, in samples */
    unsigned newest;           /* its place in `blocks` */
    touch_tone_block blocks[TOUCH_TONE_BLOCKS];
    touch_tone_mask mask;
    touch_tone_key key;
} touch_tone;

/* What was heard in the samples given; lengths in samples. */
typedef struct touch_tone_heard {
    uint32_t mask_before;      /* 0: nothing to silence; else from so long before the end of what was given */
    uint32_t mask_after;       /* and until so long after it */
    char     begun;            /* a key that counts from now on; 0 none */
    char     ended;            /* a key that is over, or has been down for half a second and is told once */
    uint32_t ended_before;     /* it began so long before the end of what was given */
    uint32_t ended_length;
} touch_tone_heard;

/* False: a sample rate other than 8,000 and 16,000 Hz. */
bool touch_tone_init(touch_tone *tone, uint32_t sample_rate_hz);

/* Listen to the next samples, at most 100 ms; NULL is silence. */
touch_tone_heard touch_tone_hear(touch_tone *tone, const int16_t *samples, unsigned count);

/* Forget everything heard. */
void touch_tone_wipe(touch_tone *tone);

#endif
