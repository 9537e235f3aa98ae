#define _GNU_SOURCE
#include "touch_tone.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#define FREQUENCIES    TOUCH_TONE_FREQUENCIES
#define BLOCKS         TOUCH_TONE_BLOCKS /* how many are kept */
#define RATES          2
#define BLOCKS_PER_S   200
#define LONGEST_BLOCK  (16000 / BLOCKS_PER_S)
#define WINDOW         4  /* blocks that are judged together: 20 ms */
#define LANES          4

/* The mean square of a sample for a sine of 0 dBm0: 3.14 dB below the loudest one (ITU-T G.711, A-law). */
#define POWER_0_DBM0   (0.5 * 32768 * 32768 * 0.48529)
#define POWER(dbm0)    ((float)(POWER_0_DBM0 * pow(10, (dbm0) / 10.0)))

/* Below this nothing is worth a look: 20 ms of it cannot hold a tone of -42 dBm0. */
#define QUIET_DBM0     -52

/* The strict ear. Q.24 asks for keys from -3 to -27 dBm0 a frequency, with the upper one 4 dB louder to 8 dB softer. */
#define KEY_LEAST_DBM0 -29
#define KEY_SHARE      0.72f  /* of all energy; 15 dB of signal to noise leave 0.97 */
#define KEY_OFF        0.025f /* halfway between the 1.5% to accept and the 3.5% to refuse */
#define KEY_UPPER_MOST 3.55f  /* 5.5 dB */
#define KEY_LOWER_MOST 8.9f   /* 9.5 dB */
#define KEY_STEADY     0.6f   /* of the loudest window: 23 ms leave two windows so full, 40 ms at least four */
#define KEY_WINDOWS    4
#define KEY_PAUSE      7      /* blocks: an interruption of 10 ms is none, a pause of 40 ms is one */
#define KEY_TOLD       100    /* blocks: half a second */

/* The quick ear. */
#define MASK_LEAST_DBM0 -42
#define MASK_SHARE     0.30f  /* of all energy */
#define MASK_TWIST     32.0f  /* 15 dB */
#define MASK_ABOVE     4.0f   /* 6 dB above the other three of its group, */
#define MASK_ABOVE_IF_CLEAR 2.0f /* or 3 dB where the pair has so much of all energy: */
#define MASK_CLEAR     0.55f
#define MASK_WINDOWS   3
#define MASK_GOES_ON   0.12f  /* of all energy: the same pair again, soon after */
#define MASK_SOON      12     /* blocks */
#define MASK_BEFORE    14     /* blocks: the 30 ms that three windows cover, and a guard of 40 ms */
#define MASK_AFTER     7      /* blocks */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

static const float FREQUENCY[FREQUENCIES] = {697, 770, 852, 941, 1209, 1336, 1477, 1633};
static const char KEYS[] = "123A456B789C*0#D";

/* For each rate and sample of a block: eight cosines, eight sines. */
static _Alignas(16) float waves[RATES][LONGEST_BLOCK * 2 * FREQUENCIES];
/* How far each frequency turns in so many blocks. */
static float turn_cosine[BLOCKS][FREQUENCIES], turn_sine[BLOCKS][FREQUENCIES];
static float quiet, key_least, mask_least;
static pthread_once_t prepared = PTHREAD_ONCE_INIT;

static void prepare(void)
{
    unsigned rate, sample, blocks, f;
    for (rate = 0; rate < RATES; ++rate)
        for (sample = 0; sample < LONGEST_BLOCK; ++sample)
            for (f = 0; f < FREQUENCIES; ++f) {
                double angle = 2 * M_PI * (double)FREQUENCY[f] * sample / (8000 << rate);
                waves[rate][sample * 2 * FREQUENCIES + f] = (float)cos(angle);
                waves[rate][sample * 2 * FREQUENCIES + FREQUENCIES + f] = (float)sin(angle);
            }
    for (blocks = 0; blocks < BLOCKS; ++blocks)
        for (f = 0; f < FREQUENCIES; ++f) {
            double angle = 2 * M_PI * (double)FREQUENCY[f] * blocks / BLOCKS_PER_S;
            turn_cosine[blocks][f] = (float)cos(angle);
            turn_sine[blocks][f] = (float)sin(angle);
        }
    quiet = POWER(QUIET_DBM0);
    key_least = POWER(KEY_LEAST_DBM0);
    mask_least = POWER(MASK_LEAST_DBM0);
}

/* ---- what is in the sound ------------------------------------------------------------------------------------------- */

/* Add samples to the newest block. One bin of a Fourier transform for each frequency, which is what Goertzel's recursion
 * gives too; as a product with a table no step waits for the one before. */
static void add(touch_tone *tone, const int16_t *samples, unsigned count)
{
    touch_tone_block *block = &tone->blocks[tone->newest];
    const lanes *wave = (const lanes *)(tone->waves + (size_t)tone->filled * 2 * FREQUENCIES);
    lanes *cosine = (lanes *)block->cosine, *sine = (lanes *)block->sine;
    lanes low_cosine = cosine[0], high_cosine = cosine[1], low_sine = sine[0], high_sine = sine[1];
    float energy = 0;
    unsigned n;

    for (n = 0; n < count; ++n)
        energy += (float)samples[n] * (float)samples[n];
    block->energy += energy;
    if (energy < quiet * (float)count)
        return;
    for (n = 0; n < count; ++n, wave += 4) {
        float sample = samples[n];
        low_cosine += sample * wave[0];
        high_cosine += sample * wave[1];
        low_sine += sample * wave[2];
        high_sine += sample * wave[3];
    }
    cosine[0] = low_cosine, cosine[1] = high_cosine, sine[0] = low_sine, sine[1] = high_sine;
}

typedef struct phasor {
    float real, imaginary;
} phasor;

/* The newest blocks: their energy, and each frequency in each block and in all of them, its phase as seen from the
 * beginning of the newest block, so that a tone of exactly that frequency has the same phase everywhere. */
typedef struct window {
    float  energy;
    phasor block[WINDOW][FREQUENCIES]; /* the newest first */
    float  energies[FREQUENCIES];
} window;

static float squared(phasor of) { return of.real * of.real + of.imaginary * of.imaginary; }
static phasor sum(phasor a, phasor b) { return (phasor){a.real + b.real, a.imaginary + b.imaginary}; }

/* By how much `now` is turned from `earlier`, weighted by both. */
static phasor turned(phasor now, phasor earlier)
{
    return (phasor){now.real * earlier.real + now.imaginary * earlier.imaginary,
                    now.imaginary * earlier.real - now.real * earlier.imaginary};
}

static void look(const touch_tone *tone, window *seen)
{
    float per_sample = 2.0f / (float)(WINDOW * tone->block_samples);
    unsigned ago, f;

    seen->energy = 0;
    for (ago = 0; ago < WINDOW; ++ago) {
        const touch_tone_block *block = &tone->blocks[(tone->newest + BLOCKS - ago) % BLOCKS];
        const float *cosine = turn_cosine[ago], *sine = turn_sine[ago];
        seen->energy += block->energy;
        for (f = 0; f < FREQUENCIES; ++f)
            seen->block[ago][f] = (phasor){block->cosine[f] * cosine[f] + block->sine[f] * sine[f],
                                           block->cosine[f] * sine[f] - block->sine[f] * cosine[f]};
    }
    for (f = 0; f < FREQUENCIES; ++f)
        seen->energies[f] = per_sample * squared(sum(sum(seen->block[0][f], seen->block[1][f]),
                                                     sum(seen->block[2][f], seen->block[3][f])));
}

typedef struct strongest {
    unsigned which;
    float    energy, next;
} strongest;

static strongest strongest_of(const float *energies, unsigned from)
{
    strongest found = {from, energies[from], 0};
    unsigned f;
    for (f = from + 1; f < from + 4; ++f)
        if (energies[f] > found.energy) {
            found.next = found.energy;
            found.energy = energies[f];
            found.which = f;
        } else if (energies[f] > found.next) {
            found.next = energies[f];
        }
    return found;
}

/* ---- the quick ear -------------------------------------------------------------------------------------------------- */

/* Which pair of frequencies stands out of the window so that somebody could take it for a key; -1 none. `masked` is a
 * pair that did so a moment ago, which is looked for even where speech covers it. */
static int faint_pair(const window *seen, float samples, int masked)
{
    strongest row = strongest_of(seen->energies, 0), column = strongest_of(seen->energies, 4);
    float softer = row.energy < column.energy ? row.energy : column.energy, both = row.energy + column.energy, above;
    int pair = (int)(row.which * 4 + column.which - 4);

    if (softer < mask_least * samples)
        return -1;
    if (pair == masked && both >= MASK_GOES_ON * seen->energy)
        return pair;
    if (both < MASK_SHARE * seen->energy)
        return -1;
    if (row.energy > MASK_TWIST * column.energy || column.energy > MASK_TWIST * row.energy)
        return -1;
    above = both < MASK_CLEAR * seen->energy ? MASK_ABOVE : MASK_ABOVE_IF_CLEAR;
    if (row.energy < above * row.next || column.energy < above * column.next)
        return -1;
    return pair;
}

/* `left` samples of what was given come after this block. */
static void judge_mask(touch_tone *tone, const window *seen, unsigned left, touch_tone_heard *heard)
{
    touch_tone_mask *mask = &tone->mask;
    int pair = faint_pair(seen, (float)(WINDOW * tone->block_samples), mask->masked);
    uint32_t before;

    if (mask->masked >= 0 && ++mask->since > MASK_SOON)
        mask->masked = -1;
    mask->run = pair < 0 ? 0 : pair == mask->pair ? mask->run + 1 : 1;
    mask->pair = (int8_t)pair;
    if (pair < 0 || (mask->run < MASK_WINDOWS && pair != mask->masked))
        return;
    mask->masked = (int8_t)pair;
    mask->since = 0;
    before = left + MASK_BEFORE * tone->block_samples;
    if (before > heard->mask_before)
        heard->mask_before = before;
    heard->mask_after = MASK_AFTER * tone->block_samples > left ? MASK_AFTER * tone->block_samples - left : 0;
}

static void forget_mask(touch_tone_mask *mask)
{
    mask->pair = mask->masked = -1;
    mask->run = mask->since = 0;
}

/* ---- the strict ear ------------------------------------------------------------------------------------------------- */

/* The energy of a frequency in one half of the window: blunt enough for 1.5% beside it. */
static float half_energy(const touch_tone *tone, const window *seen, unsigned f, unsigned half)
{
    return 4.0f / (float)(WINDOW * tone->block_samples) *
           squared(sum(seen->block[2 * half][f], seen->block[2 * half + 1][f]));
}

/* Which key fills the window, but for its exact frequencies; -1 none. `loudness` is that of the softer half, so that a
 * window that the tone only partly fills is a soft one. */
static int clear_pair(const touch_tone *tone, const window *seen, float *loudness)
{
    strongest row = strongest_of(seen->energies, 0), column = strongest_of(seen->energies, 4);
    float lower[2], upper[2], least = key_least * (float)(WINDOW * tone->block_samples);
    unsigned half;

    for (half = 0; half < 2; ++half) {
        lower[half] = half_energy(tone, seen, row.which, half);
        upper[half] = half_energy(tone, seen, column.which, half);
    }
    *loudness = fminf(lower[0] + upper[0], lower[1] + upper[1]);
    lower[0] += lower[1];
    upper[0] += upper[1];
    if (lower[0] + upper[0] < KEY_SHARE * seen->energy || lower[0] < least || upper[0] < least)
        return -1;
    if (upper[0] > KEY_UPPER_MOST * lower[0] || lower[0] > KEY_LOWER_MOST * upper[0])
        return -1;
    return (int)(row.which * 4 + column.which - 4);
}

/* Gather how far a frequency turns in 5 ms (roughly, but up to 100 Hz) and in 10 ms (exactly, but for whole 100 Hz). */
static void gather(touch_tone_turn *turn, const window *seen, unsigned f)
{
    unsigned ago;
    phasor far = turned(sum(seen->block[0][f], seen->block[1][f]), sum(seen->block[2][f], seen->block[3][f]));
    turn->far_real += far.real;
    turn->far_imaginary += far.imaginary;
    for (ago = 0; ago + 1 < WINDOW; ++ago) {
        phasor near = turned(seen->block[ago][f], seen->block[ago + 1][f]);
        turn->near_real += near.real;
        turn->near_imaginary += near.imaginary;
    }
}

static bool on_frequency(const touch_tone_turn *turn, unsigned f)
{
    const float circle = 2 * (float)M_PI;
    float rough_hz = atan2f(turn->near_imaginary, turn->near_real) / circle * 200;
    float hz = atan2f(turn->far_imaginary, turn->far_real) / circle * 100;
    hz += 100 * roundf((rough_hz - hz) / 100);
    return fabsf(hz) <= KEY_OFF * FREQUENCY[f];
}

/* Was it equally loud in the last windows? What is at the edge of a tone fills only part of a window. */
static bool steady(const touch_tone_key *key)
{
    float softest = key->recent[0], loudest = key->recent[0];
    unsigned n;
    for (n = 1; n < KEY_WINDOWS; ++n) {
        softest = key->recent[n] < softest ? key->recent[n] : softest;
        loudest = key->recent[n] > loudest ? key->recent[n] : loudest;
    }
    return softest >= KEY_STEADY * loudest;
}

static void forget(touch_tone_key *key)
{
    explicit_bzero(key, sizeof *key);
    key->pair = -1;
}

static void tell(const touch_tone *tone, unsigned left, touch_tone_heard *heard)
{
    heard->ended = KEYS[tone->key.pair];
    heard->ended_length = tone->key.length * tone->block_samples;
    heard->ended_before = left + (tone->key.length + tone->key.since) * tone->block_samples;
}

/* A window that does not show the key, or not at its loudness. */
static void miss(touch_tone *tone, unsigned left, touch_tone_heard *heard)
{
    touch_tone_key *key = &tone->key;
    if (key->down && ++key->since < KEY_PAUSE)
        return;
    if (key->down && !key->told)
        tell(tone, left, heard);
    forget(key); /* the blocks are overwritten within 20 ms */
}

static void judge_key(touch_tone *tone, const window *seen, unsigned left, touch_tone_heard *heard)
{
    touch_tone_key *key = &tone->key;
    float loudness;
    int pair = clear_pair(tone, seen, &loudness);

    if (key->pair >= 0 && (pair < 0 || (key->down && pair != key->pair))) {
        miss(tone, left, heard);
        return;
    }
    if (pair < 0)
        return;
    if (pair != key->pair)
        forget(key);
    key->pair = (int8_t)pair;
    if (key->down && loudness < key->recent[0] / 2) {
        miss(tone, left, heard);
        return;
    }
    if (key->down) {
        key->length += 1 + key->since;
        key->since = 0;
        if (key->length >= KEY_TOLD && !key->told) {
            tell(tone, left, heard);
            key->told = true;
        }
        return;
    }
    gather(&key->lower, seen, (unsigned)pair / 4);
    gather(&key->upper, seen, 4 + (unsigned)pair % 4);
    key->recent[key->run++ % KEY_WINDOWS] = loudness;
    if (key->run >= KEY_WINDOWS && steady(key) && on_frequency(&key->lower, (unsigned)pair / 4) &&
        on_frequency(&key->upper, 4 + (unsigned)pair % 4)) {
        key->down = true;
        key->length = WINDOW + KEY_WINDOWS - 1;
        heard->begun = KEYS[pair];
    }
}

/* ---- listening ------------------------------------------------------------------------------------------------------ */

/* The newest block is full. `left` samples of what was given come after it. */
static void judge(touch_tone *tone, unsigned left, touch_tone_heard *heard)
{
    float energy = 0;
    window seen;
    unsigned n;

    for (n = 0; n < BLOCKS; ++n)
        energy += tone->blocks[n].energy;
    if (energy < quiet * (float)(WINDOW * tone->block_samples)) {
        forget_mask(&tone->mask);
        if (tone->key.pair >= 0)
            miss(tone, left, heard);
    } else {
        look(tone, &seen);
        judge_mask(tone, &seen, left, heard);
        judge_key(tone, &seen, left, heard);
        explicit_bzero(&seen, sizeof seen);
    }
    tone->newest = (tone->newest + 1) % BLOCKS;
    memset(&tone->blocks[tone->newest], 0, sizeof tone->blocks[0]);
}

touch_tone_heard touch_tone_hear(touch_tone *tone, const int16_t *samples, unsigned count)
{
    touch_tone_heard heard = {0};
    while (count) {
        unsigned part = tone->block_samples - tone->filled;
        if (part > count)
            part = count;
        if (samples) {
            add(tone, samples, part);
            samples += part;
        }
        tone->filled += part;
        count -= part;
        if (tone->filled == tone->block_samples) {
            tone->filled = 0;
            judge(tone, count, &heard);
        }
    }
    return heard;
}

void touch_tone_wipe(touch_tone *tone)
{
    explicit_bzero(tone->blocks, sizeof tone->blocks);
    forget_mask(&tone->mask);
    forget(&tone->key);
}

bool touch_tone_init(touch_tone *tone, uint32_t sample_rate_hz)
{
    if (sample_rate_hz != 8000 && sample_rate_hz != 16000)
        return false;
    pthread_once(&prepared, &prepare);
    memset(tone, 0, sizeof *tone);
    tone->waves = waves[sample_rate_hz / 16000];
    tone->block_samples = sample_rate_hz / BLOCKS_PER_S;
    touch_tone_wipe(tone);
    return true;
}
