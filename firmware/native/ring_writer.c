#define _GNU_SOURCE
#include "ring_writer.h"
#include "ring_silence.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

struct ring_writer {
    ring_page  *page;
    size_t      bytes;
    int16_t    *plane[RING_CHANNELS];
    ring_marker *markers;
    atomic_bool   stopped;
    ring_timeline timeline;
    ring_pause    pause;
    ring_silence  silence[RING_CHANNELS];
};

static bool plausible(const ring_page *page, size_t bytes)
{
    uint64_t needed;
    if (bytes < RING_PAGE || memcmp(page->magic, RING_MAGIC, sizeof page->magic) || page->version != RING_VERSION)
        return false;
    needed = RING_PAGE + (uint64_t)page->channels * page->plane_bytes +
             (uint64_t)RING_MARKER_LANES * page->marker_capacity * sizeof(ring_marker);
    return page->channels >= 1 && page->channels <= RING_CHANNELS && page->sample_rate_hz >= 8000 && page->capacity_samples && page->marker_capacity &&
           page->plane_bytes % RING_PAGE == 0 && (uint64_t)page->capacity_samples * 2 <= page->plane_bytes && needed <= bytes;
}

ring_writer *ring_writer_open(int fd, unsigned tick_us, unsigned patience_ms)
{
    struct stat file;
    ring_writer *writer;
    void *memory;
    unsigned channel;

    if (fstat(fd, &file) < 0)
        return NULL;
    memory = mmap(NULL, (size_t)file.st_size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (memory == MAP_FAILED)
        return NULL;
    writer = calloc(1, sizeof *writer);
    if (!writer || !plausible(memory, (size_t)file.st_size)) {
        munmap(memory, (size_t)file.st_size);
        errno = writer ? EINVAL : ENOMEM;
        free(writer);
        return NULL;
    }
    /* Audio belongs neither in a core dump nor in a child; an old kernel that refuses loses only that. */
    (void)madvise(memory, (size_t)file.st_size, MADV_DONTDUMP);
    (void)madvise(memory, (size_t)file.st_size, MADV_DONTFORK);

    writer->page = memory;
    writer->bytes = (size_t)file.st_size;
    for (channel = 0; channel < writer->page->channels; ++channel)
        writer->plane[channel] = (int16_t *)((char *)memory + RING_PAGE + (size_t)channel * writer->page->plane_bytes);
    writer->markers = (ring_marker *)((char *)memory + RING_PAGE + (size_t)writer->page->channels * writer->page->plane_bytes);
    ring_timeline_init(&writer->timeline, writer->page->sample_rate_hz, tick_us, patience_ms);
    for (channel = 0; channel < RING_CHANNELS; ++channel)
        ring_silence_init(&writer->silence[channel]);
    return writer;
}

void ring_writer_close(ring_writer *writer)
{
    munmap(writer->page, writer->bytes);
    free(writer);
}

uint32_t ring_writer_samples_per_frame(const ring_writer *writer) { return writer->timeline.samples_per_frame; }
const ring_page *ring_writer_page(const ring_writer *writer) { return writer->page; }
uint64_t ring_writer_jumps(const ring_writer *writer)
{
    return atomic_load_explicit(&writer->timeline.jumps, memory_order_relaxed);
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */

static void mark(ring_writer *writer, unsigned channel, uint32_t kind, uint64_t start, uint64_t length, uint64_t value)
{
    _Atomic uint64_t *cursor = &writer->page->marker_cursor[channel];
    uint64_t number = atomic_load_explicit(cursor, memory_order_relaxed);
    uint32_t capacity = writer->page->marker_capacity;

    writer->markers[channel * (size_t)capacity + number % capacity] = (ring_marker){start, length, kind, channel, value};
    atomic_store_explicit(cursor, number + 1, memory_order_release);
}

/* Copy (or, from NULL, clear) `count` samples at sample number `start`; more than a ring's worth: the last of them. */
static void place(ring_writer *writer, unsigned channel, uint64_t start, const int16_t *samples, uint64_t count)
{
    uint64_t capacity = writer->page->capacity_samples;
    if (count > capacity) {
        samples = samples ? samples + (count - capacity) : NULL;
        start += count - capacity;
        count = capacity;
    }
    while (count) {
        uint64_t at = start % capacity, part = capacity - at < count ? capacity - at : count;
        if (samples) {
            memcpy(writer->plane[channel] + at, samples, part * sizeof *samples);
            samples += part;
        } else {
            memset(writer->plane[channel] + at, 0, part * sizeof *samples);
        }
        start += part;
        count -= part;
    }
}

/* ---- silence -------------------------------------------------------------------------------------------------------- */

/* Put silence where something was written already. A reader that read it before finds the generation changed. */
static void wipe(ring_writer *writer, unsigned channel, uint64_t from, uint64_t until)
{
    if (from >= until)
        return;
    place(writer, channel, from, NULL, until - from);
    atomic_fetch_add_explicit(&writer->page->generation, 1, memory_order_release);
}

static uint64_t back_from(uint64_t sample, uint64_t samples) { return sample > samples ? sample - samples : 0; }

/* An interval of silence has begun at `written`, ended there, or neither. */
static void note(ring_writer *writer, unsigned channel, uint32_t kind, uint64_t *since, bool on, uint64_t written)
{
    if (on && *since == RING_UNSET) {
        *since = written;
        mark(writer, channel, kind, written, 0, RING_GOES_ON);
    } else if (!on && *since != RING_UNSET) {
        mark(writer, channel, kind, *since, written - *since, 0);
        *since = RING_UNSET;
    }
}

/* While paused, or held, tones are silent anyway and leave no marker; the end counts, it may come after the resume. */
static void mask(ring_writer *writer, unsigned channel, uint64_t from, uint64_t until, uint64_t written)
{
    ring_silence *silence = &writer->silence[channel];
    uint64_t quiet_since = silence->paused_since < silence->held_since ? silence->paused_since : silence->held_since;
    bool quiet = quiet_since != RING_UNSET;

    wipe(writer, channel, from, quiet ? quiet_since : written);
    if (!quiet && silence->tone_since != RING_UNSET && from > silence->tone_until) {
        mark(writer, channel, RING_MARKER_TOUCH_TONE, silence->tone_since, silence->tone_until - silence->tone_since, 0);
        silence->tone_since = RING_UNSET;
    }
    if (!quiet && (silence->tone_since == RING_UNSET || from < silence->tone_since))
        silence->tone_since = from;
    if (until > silence->tone_until)
        silence->tone_until = until;
}

static void end_tone(ring_writer *writer, unsigned channel, uint64_t reached)
{
    ring_silence *silence = &writer->silence[channel];
    uint64_t until = silence->tone_until < reached ? silence->tone_until : reached;

    if (silence->tone_since == RING_UNSET)
        return;
    if (until > silence->tone_since)
        mark(writer, channel, RING_MARKER_TOUCH_TONE, silence->tone_since, until - silence->tone_since, 0);
    silence->tone_since = RING_UNSET;
}

/* Carry out what is asked, before the next frame is placed at `written` or later. */
static void obey(ring_writer *writer, unsigned channel, uint64_t written)
{
    ring_silence *silence = &writer->silence[channel];
    uint32_t look_back, hold;
    bool paused;

    if (ring_pause_take(&writer->pause, channel, written, &paused, &look_back)) {
        /* Paused already, or still: the look-back of this pause may reach beyond that one. */
        uint64_t from = back_from(written, look_back);
        uint64_t until = silence->paused_since == RING_UNSET ? written : silence->paused_since;
        wipe(writer, channel, from, until);
        if (from < until)
            mark(writer, channel, RING_MARKER_WIPED, from, until - from, 0);
    }
    if (paused && silence->paused_since == RING_UNSET)
        end_tone(writer, channel, written);
    note(writer, channel, RING_MARKER_PAUSED, &silence->paused_since, paused, written);
    note(writer, channel, RING_MARKER_HELD, &silence->held_since,
         atomic_load_explicit(&silence->hold_asked, memory_order_acquire), written);
    if (ring_silence_take_mask(silence, &look_back, &hold))
        mask(writer, channel, back_from(written, look_back), written + hold, written);
    if (silence->tone_until <= written)
        end_tone(writer, channel, written);
}

static uint32_t samples_in(const ring_writer *writer, unsigned ms)
{
    uint64_t samples = (uint64_t)writer->page->sample_rate_hz * ms / 1000;
    return samples < writer->page->capacity_samples ? (uint32_t)samples : writer->page->capacity_samples;
}

void ring_writer_pause(ring_writer *writer, unsigned look_back_ms)
{
    unsigned least = look_back_ms < RING_SHORTEST_LOOK_BACK_MS ? RING_SHORTEST_LOOK_BACK_MS : look_back_ms;
    ring_pause_ask(&writer->pause, samples_in(writer, least));
}

/* A frame that is placed where the media clock ought to be by now, or later, holds nothing that was taken from a buffer
 * before now; `after_ms` beyond, nothing that lay in one. Counted so, ticks that are late and made up for count as what
 * they are, and both channels go on at the same frame. */
unsigned ring_writer_resume(ring_writer *writer, unsigned after_ms, const ring_time *now)
{
    uint64_t here = ring_timeline_reached(&writer->timeline, now), frame = writer->timeline.samples_per_frame, until;
    unsigned channel;

    if (!ring_pause_lasts(&writer->pause))
        return 0;
    until = here + samples_in(writer, after_ms);
    for (channel = 0; channel < writer->page->channels; ++channel) {
        uint64_t written = atomic_load_explicit(&writer->page->channel[channel].write_cursor, memory_order_relaxed);
        if (until < written)
            until = written;
    }
    until = (until + frame - 1) / frame * frame;
    ring_pause_end(&writer->pause, until);
    return (unsigned)((until - (here < until ? here : until)) * 1000 / writer->page->sample_rate_hz);
}

bool ring_writer_paused(const ring_writer *writer, unsigned channel)
{
    return writer->silence[channel].paused_since != RING_UNSET;
}

void ring_writer_hold(ring_writer *writer, unsigned channel, bool on)
{
    atomic_store_explicit(&writer->silence[channel].hold_asked, on, memory_order_release);
}

void ring_writer_mask(ring_writer *writer, unsigned channel, unsigned look_back_ms, unsigned hold_ms)
{
    ring_silence_ask_mask(&writer->silence[channel], samples_in(writer, look_back_ms), samples_in(writer, hold_ms));
}

/* ---- putting -------------------------------------------------------------------------------------------------------- */

static void append(ring_writer *writer, unsigned channel, uint64_t start, const int16_t *samples, unsigned count)
{
    ring_channel_state *state = &writer->page->channel[channel];
    const ring_silence *silence = &writer->silence[channel];
    uint64_t written = atomic_load_explicit(&state->write_cursor, memory_order_relaxed);
    unsigned silent = samples ? ring_silence_share(silence, start, count) : count;

    atomic_store_explicit(&state->claim_cursor, start + count, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* the claim is seen before the first sample that it covers */
    if (start > written) {
        place(writer, channel, written, NULL, start - written);
        /* Before its first frame a channel was not there, and what a pause leaves out is not wanted: neither is lost. */
        if (written && silence->paused_since == RING_UNSET) {
            mark(writer, channel, RING_MARKER_LOSS, written, start - written, 0);
            atomic_fetch_add_explicit(&state->lost_samples, start - written, memory_order_relaxed);
        }
    }
    place(writer, channel, start, NULL, silent);
    if (silent < count)
        place(writer, channel, start + silent, samples + silent, count - silent);
    atomic_store_explicit(&state->write_cursor, start + count, memory_order_release);
}

/* Returns where the channel is now. */
static uint64_t take(ring_writer *writer, unsigned channel, uint64_t timestamp, const int16_t *samples, unsigned count,
                     const ring_time *now, uint32_t before, uint32_t after)
{
    uint64_t written = atomic_load_explicit(&writer->page->channel[channel].write_cursor, memory_order_relaxed), end;
    int64_t start, repeated;

    if (ring_timeline_begin(&writer->timeline, timestamp)) {
        atomic_store_explicit(&writer->page->start_monotonic_ns, now->monotonic_ns, memory_order_relaxed);
        atomic_store_explicit(&writer->page->start_wall_ns, now->wall_ns, memory_order_relaxed);
    }
    atomic_store_explicit(&writer->page->heartbeat_monotonic_ns, (uint64_t)now->monotonic_ns, memory_order_relaxed);
    start = ring_timeline_place(&writer->timeline, timestamp, written, now);
    repeated = (int64_t)written - start;
    obey(writer, channel, written);
    if (repeated >= (int64_t)count)
        return written; /* a clock that went back: this instant is written already */
    if (repeated > 0) {
        samples = samples ? samples + repeated : NULL;
        count -= (unsigned)repeated;
        start = (int64_t)written;
    }
    end = (uint64_t)start + count;
    if (before)
        mask(writer, channel, back_from(end, before), end + after, written);
    append(writer, channel, (uint64_t)start, samples, count);
    return end;
}

uint64_t ring_writer_put_masked(ring_writer *writer, unsigned channel, uint64_t timestamp, const int16_t *samples,
                                unsigned count, const ring_time *now, uint32_t before, uint32_t after)
{
    if (atomic_load_explicit(&writer->stopped, memory_order_acquire) || !count)
        return atomic_load_explicit(&writer->page->channel[channel].write_cursor, memory_order_relaxed);
    return take(writer, channel, timestamp, samples, count, now, before, after);
}

uint64_t ring_writer_put(ring_writer *writer, unsigned channel, uint64_t timestamp, const int16_t *samples,
                         unsigned count, const ring_time *now)
{
    return ring_writer_put_masked(writer, channel, timestamp, samples, count, now, 0, 0);
}

uint64_t ring_writer_stop(ring_writer *writer)
{
    bool again = atomic_exchange(&writer->stopped, true);
    uint64_t length = 0;
    unsigned channel;

    for (channel = 0; channel < writer->page->channels; ++channel) {
        ring_silence *silence = &writer->silence[channel];
        uint64_t written = atomic_load_explicit(&writer->page->channel[channel].write_cursor, memory_order_acquire);
        if (!again)
            obey(writer, channel, written);
        end_tone(writer, channel, written);
        note(writer, channel, RING_MARKER_PAUSED, &silence->paused_since, false, written);
        note(writer, channel, RING_MARKER_HELD, &silence->held_since, false, written);
        if (written > length)
            length = written;
    }
    return length;
}
