#define _GNU_SOURCE
#include "tapped_line.h"
#include "ear.h"
#include "ring_writer.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define NS_PER_S       1000000000LL
#define LONGEST_BLOCK  (16000 * LINE_BLOCK_MS / 1000)
#define LONGEST_WINDOW (16000 * LINE_WINDOW_MS / 1000)
#define HIGH_PASS_HZ   200.0
#define OFFICE         1
#define LOUDEST        32767.0f
/* The ring's time is the device's: it is never late. */
#define PATIENCE_MS    1000

typedef struct line_channel {
    ear     ear;
    float   gain, wanted_gain;
    float   before_in[2], before_out[2]; /* of the high-pass filter */
    float   window[LONGEST_WINDOW];      /* the newest samples, the oldest first */
    int16_t *kept;
} line_channel;

struct tapped_line {
    pthread_mutex_t turn;
    size_t       bytes;
    uint32_t     sample_rate_hz;
    unsigned     channels, block, span, frequencies, kept_room;
    float        high_pass[5];
    float        taper[LONGEST_WINDOW];
    float        wave[LINE_TONES][2][LONGEST_WINDOW]; /* cosine and sine, tapered and scaled */
    bool         keeps, listens;
    uint64_t     kept_from, next; /* the first sample that is kept; the one after the last that was put */
    ring_writer *ring;
    int64_t      wall_zero_ns;    /* the wall clock at sample 0, as of the last recording's start */
    line_channel channel[LINE_CHANNELS];
};

/* ---- making --------------------------------------------------------------------------------------------------------- */

/* A Butterworth high-pass filter of second order. */
static void prepare_high_pass(tapped_line *line)
{
    double w = tan(M_PI * HIGH_PASS_HZ / line->sample_rate_hz), scale = 1 / (1 + sqrt(2) * w + w * w);
    line->high_pass[0] = (float)scale;
    line->high_pass[1] = (float)(-2 * scale);
    line->high_pass[2] = (float)scale;
    line->high_pass[3] = (float)(2 * (w * w - 1) * scale);
    line->high_pass[4] = (float)((1 - sqrt(2) * w + w * w) * scale);
}

/* One bin of a Fourier transform under a Hann window, scaled so that a steady sine gives its own share of all power. */
static void prepare_waves(tapped_line *line, const float *frequencies_hz)
{
    double power = 0, sum = 0;
    unsigned n, f;

    for (n = 0; n < line->span; ++n) {
        double taper = 0.5 - 0.5 * cos(2 * M_PI * (n + 0.5) / line->span);
        line->taper[n] = (float)taper;
        sum += taper;
        power += taper * taper;
    }
    for (f = 0; f < line->frequencies; ++f)
        for (n = 0; n < line->span; ++n) {
            double angle = 2 * M_PI * (double)frequencies_hz[f] * n / line->sample_rate_hz;
            double scale = line->taper[n] * sqrt(2 * power) / sum;
            line->wave[f][0][n] = (float)(scale * cos(angle));
            line->wave[f][1][n] = (float)(scale * sin(angle));
        }
}

tapped_line *tapped_line_create(uint32_t sample_rate_hz, unsigned channels, unsigned pre_roll_ms,
                                const float *frequencies_hz, unsigned frequencies)
{
    unsigned room = (unsigned)((uint64_t)sample_rate_hz * pre_roll_ms / 1000), channel;
    size_t bytes = sizeof(tapped_line) + (size_t)channels * room * sizeof(int16_t);
    tapped_line *line;

    if ((sample_rate_hz != 8000 && sample_rate_hz != 16000) || !channels || channels > LINE_CHANNELS ||
        frequencies > LINE_TONES)
        return NULL;
    line = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (line == MAP_FAILED)
        return NULL;
    /* Voices belong neither in swap nor in a core dump. A limit that forbids the lock is told of by the rings'. */
    (void)mlock(line, bytes);
    (void)madvise(line, bytes, MADV_DONTDUMP);
    (void)madvise(line, bytes, MADV_DONTFORK);
    pthread_mutex_init(&line->turn, NULL);
    line->bytes = bytes;
    line->sample_rate_hz = sample_rate_hz;
    line->channels = channels;
    line->block = sample_rate_hz * LINE_BLOCK_MS / 1000;
    line->span = sample_rate_hz * LINE_WINDOW_MS / 1000;
    line->frequencies = frequencies;
    line->kept_room = room;
    prepare_high_pass(line);
    prepare_waves(line, frequencies_hz);
    for (channel = 0; channel < channels; ++channel) {
        line_channel *self = &line->channel[channel];
        ear_init(&self->ear, (uint8_t)channel, sample_rate_hz);
        self->gain = self->wanted_gain = 1;
        self->kept = (int16_t *)(line + 1) + (size_t)channel * room;
    }
    return line;
}

/* ---- measuring ------------------------------------------------------------------------------------------------------ */

static void measure_power(const tapped_line *line, line_channel *self, const float *samples, line_block *heard)
{
    const float *c = line->high_pass;
    float x1 = self->before_in[0], x2 = self->before_in[1], y1 = self->before_out[0], y2 = self->before_out[1];
    float sum = 0, peak = 0;
    unsigned n;

    for (n = 0; n < line->block; ++n) {
        float x = samples[n], y = c[0] * x + c[1] * x1 + c[2] * x2 - c[3] * y1 - c[4] * y2;
        x2 = x1, x1 = x, y2 = y1, y1 = y;
        sum += y * y;
        peak = fmaxf(peak, fabsf(x));
    }
    self->before_in[0] = x1, self->before_in[1] = x2;
    /* What has died away is none: numbers next to nothing are slow. */
    self->before_out[0] = fabsf(y1) < 1e-6f ? 0 : y1;
    self->before_out[1] = fabsf(y2) < 1e-6f ? 0 : y2;
    heard->power = sum / (float)line->block;
    heard->peak = peak;
}

static void measure_tones(const tapped_line *line, const line_channel *self, line_block *heard)
{
    float whole = 0;
    unsigned n, f;

    for (n = 0; n < line->span; ++n) {
        float tapered = self->window[n] * line->taper[n];
        whole += tapered * tapered;
    }
    for (f = 0; f < line->frequencies; ++f) {
        const float *cosines = line->wave[f][0], *sines = line->wave[f][1];
        float cosine = 0, sine = 0;
        for (n = 0; n < line->span; ++n) {
            cosine += self->window[n] * cosines[n];
            sine += self->window[n] * sines[n];
        }
        heard->share[f] = whole > 1 ? (cosine * cosine + sine * sine) / whole : 0;
    }
}

/* With a gain that changes by `step` from one sample to the next; how many were driven beyond full scale. */
static unsigned amplify(const int16_t *samples, unsigned count, float gain, float step, int16_t *louder)
{
    unsigned n, clipped = 0;

    for (n = 0; n < count; ++n) {
        float sample = samples[n] * (gain += step);
        if (fabsf(sample) > LOUDEST) {
            sample = copysignf(LOUDEST, sample);
            ++clipped;
        }
        louder[n] = (int16_t)lrintf(sample);
    }
    return clipped;
}

/* ---- keeping -------------------------------------------------------------------------------------------------------- */

/* When that sample was taken, by the card's own count, and the clocks' time now. */
static ring_time time_of(const tapped_line *line, uint64_t number)
{
    struct timespec now;
    int64_t since_zero_ns = (int64_t)(number / line->sample_rate_hz) * NS_PER_S +
                            (int64_t)(number % line->sample_rate_hz) * NS_PER_S / line->sample_rate_hz;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (ring_time){since_zero_ns, now.tv_sec * NS_PER_S + now.tv_nsec, line->wall_zero_ns + since_zero_ns};
}

static void keep(tapped_line *line, line_channel *self, uint64_t number, const int16_t *samples, unsigned count)
{
    while (count) {
        unsigned at = (unsigned)(number % line->kept_room), part = line->kept_room - at;
        if (part > count)
            part = count;
        if (samples) {
            memcpy(self->kept + at, samples, part * sizeof *samples);
            samples += part;
        } else {
            memset(self->kept + at, 0, part * sizeof *self->kept);
        }
        number += part;
        count -= part;
    }
}

static void keep_block(tapped_line *line, line_channel *self, uint64_t number, const int16_t *samples)
{
    uint64_t lost = number - line->next;
    keep(line, self, lost > line->kept_room ? number - line->kept_room : line->next, NULL,
         (unsigned)(lost > line->kept_room ? line->kept_room : lost));
    keep(line, self, number, samples, line->block);
}

static void forget_kept(tapped_line *line)
{
    unsigned channel;
    for (channel = 0; channel < line->channels; ++channel)
        explicit_bzero(line->channel[channel].kept, line->kept_room * sizeof *line->channel[channel].kept);
    line->kept_from = line->next;
}

void tapped_line_keep(tapped_line *line, bool on)
{
    pthread_mutex_lock(&line->turn);
    if (!on || !line->keeps)
        forget_kept(line);
    line->keeps = on && line->kept_room;
    pthread_mutex_unlock(&line->turn);
}

/* ---- putting -------------------------------------------------------------------------------------------------------- */

static void put_channel(tapped_line *line, unsigned channel, uint64_t number, const int16_t *samples, unsigned stride,
                        line_block *heard)
{
    line_channel *self = &line->channel[channel];
    float *newest = self->window + line->span - line->block, step = (self->wanted_gain - self->gain) / (float)line->block;
    int16_t taken[LONGEST_BLOCK], louder[LONGEST_BLOCK];
    ring_time now = time_of(line, number);
    unsigned n;

    memset(heard, 0, sizeof *heard);
    memmove(self->window, self->window + line->block, (line->span - line->block) * sizeof *self->window);
    for (n = 0; n < line->block; ++n)
        newest[n] = taken[n] = samples[(size_t)n * stride];
    measure_power(line, self, newest, heard);
    measure_tones(line, self, heard);
    heard->clipped = amplify(taken, line->block, self->gain, step, louder);
    self->gain = self->wanted_gain;
    if (line->keeps)
        keep_block(line, self, number, taken);
    heard->touch_tone =
        ear_put_louder(&self->ear, line->ring, number, taken, louder, line->block, &now) != EAR_NOTHING;
    explicit_bzero(taken, sizeof taken);
    explicit_bzero(louder, sizeof louder);
}

void tapped_line_put(tapped_line *line, uint64_t number, const int16_t *samples, unsigned stride,
                     const unsigned *offset, line_block *heard)
{
    unsigned channel;

    pthread_mutex_lock(&line->turn);
    if (number < line->next) /* time never goes back */
        number = line->next;
    for (channel = 0; channel < line->channels; ++channel)
        put_channel(line, channel, number, samples + offset[channel], stride, &heard[channel]);
    line->next = number + line->block;
    if (line->next - line->kept_from > line->kept_room)
        line->kept_from = line->next - line->kept_room;
    pthread_mutex_unlock(&line->turn);
}

void tapped_line_gain(tapped_line *line, unsigned channel, float factor)
{
    pthread_mutex_lock(&line->turn);
    line->channel[channel].wanted_gain = factor;
    pthread_mutex_unlock(&line->turn);
}

/* ---- recording ------------------------------------------------------------------------------------------------------ */

/* What is kept goes into the ring as if it were just being heard, by an ear of its own: the line's has told its keys. */
static void replay(tapped_line *line, unsigned channel, uint64_t from)
{
    line_channel *self = &line->channel[channel];
    int16_t louder[LONGEST_BLOCK];
    ear fresh;

    ear_init(&fresh, (uint8_t)channel, line->sample_rate_hz);
    while (from < line->next) {
        unsigned at = (unsigned)(from % line->kept_room), count = line->kept_room - at;
        ring_time now;
        if (count > line->block)
            count = line->block;
        if (count > line->next - from)
            count = (unsigned)(line->next - from);
        now = time_of(line, from);
        amplify(self->kept + at, count, self->gain, 0, louder);
        ear_put_louder(&fresh, line->ring, from, self->kept + at, louder, count, &now);
        from += count;
    }
    explicit_bzero(&fresh, sizeof fresh);
    explicit_bzero(louder, sizeof louder);
}

static uint64_t stop(tapped_line *line)
{
    uint64_t length;
    if (!line->ring)
        return 0;
    length = ring_writer_stop(line->ring);
    ring_writer_close(line->ring);
    line->ring = NULL;
    return length;
}

/* The wall clock now, less the device's time: sample 0 was heard then. */
static void set_wall_clock(tapped_line *line)
{
    struct timespec now;
    line->wall_zero_ns = 0;
    clock_gettime(CLOCK_REALTIME, &now);
    line->wall_zero_ns = now.tv_sec * NS_PER_S + now.tv_nsec - time_of(line, line->next).wall_ns;
}

bool tapped_line_record(tapped_line *line, int fd, uint64_t from, bool paused)
{
    unsigned channel;
    bool recording;

    pthread_mutex_lock(&line->turn);
    stop(line);
    line->ring = ring_writer_open(fd, LINE_BLOCK_MS * 1000, PATIENCE_MS);
    recording = line->ring && ring_writer_page(line->ring)->sample_rate_hz == line->sample_rate_hz &&
                ring_writer_page(line->ring)->channels == line->channels;
    if (!recording && line->ring) {
        stop(line);
        errno = EINVAL;
    }
    if (recording) {
        set_wall_clock(line);
        if (paused)
            ring_writer_pause(line->ring, 0);
        else if (line->keeps)
            for (channel = 0; channel < line->channels; ++channel)
                replay(line, channel, from < line->kept_from ? line->kept_from : from);
        forget_kept(line);
        line->keeps = false;
    }
    pthread_mutex_unlock(&line->turn);
    return recording;
}

void tapped_line_pause(tapped_line *line, unsigned look_back_ms)
{
    pthread_mutex_lock(&line->turn);
    if (line->ring)
        ring_writer_pause(line->ring, look_back_ms);
    pthread_mutex_unlock(&line->turn);
}

unsigned tapped_line_resume(tapped_line *line, unsigned after_ms, uint64_t number)
{
    unsigned remaining = 0;
    pthread_mutex_lock(&line->turn);
    if (line->ring) {
        ring_time now = time_of(line, number > line->next ? number : line->next);
        remaining = ring_writer_resume(line->ring, after_ms, &now);
    }
    pthread_mutex_unlock(&line->turn);
    return remaining;
}

uint64_t tapped_line_stop(tapped_line *line)
{
    uint64_t length;
    pthread_mutex_lock(&line->turn);
    length = stop(line);
    pthread_mutex_unlock(&line->turn);
    return length;
}

/* ---- keys ----------------------------------------------------------------------------------------------------------- */

static ear_wish wish_of(const tapped_line *line, unsigned channel, line_wish wish)
{
    if (wish == LINE_ALL_KEYS)
        return EAR_ALL_KEYS;
    if (wish == LINE_NO_KEYS || line->channels == 1)
        return EAR_NO_KEYS;
    return channel == OFFICE ? EAR_CODES : EAR_ASTERISKS;
}

void tapped_line_listen(tapped_line *line, line_wish wish)
{
    unsigned channel;
    pthread_mutex_lock(&line->turn);
    for (channel = 0; channel < line->channels; ++channel) {
        ear *listener = &line->channel[channel].ear;
        ear_wipe(listener);
        ear_listen(listener, wish_of(line, channel, wish));
    }
    pthread_mutex_unlock(&line->turn);
}

unsigned tapped_line_keys(tapped_line *line, heard_key *keys, unsigned room)
{
    unsigned channel, taken = 0;
    for (channel = 0; channel < line->channels; ++channel)
        taken += ear_keys(&line->channel[channel].ear, keys + taken, room - taken);
    return taken;
}

void tapped_line_free(tapped_line *line)
{
    stop(line);
    pthread_mutex_destroy(&line->turn);
    explicit_bzero(line, line->bytes);
    munmap(line, line->bytes);
}
