/* The writer's end of the ring between lines and the recorder, without pjmedia and without a clock of its own.
 *
 * The layout is that of firmware/core/ring_layout.py; a test compares the numbers. */
#ifndef EARMARK_RING_WRITER_H
#define EARMARK_RING_WRITER_H

#include "ring_timeline.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC              "EARRING1"
#define RING_VERSION            1
#define RING_PAGE               4096
#define RING_CACHE_LINE         64
#define RING_CHANNELS           2 /* the most; a line that hears both parties mixed has one */
#define RING_MARKER_LANES       3
#define RING_MARKER_LOSS        1
#define RING_MARKER_TOUCH_TONE  3
#define RING_MARKER_WIPED       4
#define RING_MARKER_PAUSED      5
#define RING_MARKER_HELD        6
#define RING_GOES_ON            1 /* the value of a marker whose interval has not ended */

/* Byte for byte the first page of the ring. */
typedef struct ring_channel_state {
    _Alignas(RING_CACHE_LINE) _Atomic uint64_t write_cursor;
    _Atomic uint64_t claim_cursor;
    _Atomic uint64_t lost_samples;
} ring_channel_state;

typedef struct ring_page {
    char     magic[8];
    uint32_t version;
    uint32_t sample_rate_hz;
    uint32_t channels;
    uint32_t capacity_samples;
    uint32_t marker_capacity;
    uint32_t plane_bytes;
    uint8_t  recording_id[16];
    _Atomic int64_t start_monotonic_ns;
    _Atomic int64_t start_wall_ns;
    ring_channel_state channel[RING_CHANNELS];
    _Alignas(RING_CACHE_LINE) _Atomic uint64_t marker_cursor[RING_MARKER_LANES];
    _Alignas(RING_CACHE_LINE) _Atomic uint64_t generation;
    _Alignas(RING_CACHE_LINE) _Atomic uint64_t state;
    _Atomic uint64_t final_samples;
    _Alignas(RING_CACHE_LINE) _Atomic uint64_t heartbeat_monotonic_ns;
} ring_page;

typedef struct ring_marker {
    uint64_t start_sample;
    uint64_t length_samples;
    uint32_t kind;
    uint32_t channel;
    uint64_t value;
} ring_marker;

typedef struct ring_writer ring_writer;

/* Map the ring behind `fd` for writing; must come before the ring is sealed. `tick_us` is the media clock's period.
 * Beyond `patience_ms` behind the clock, audio counts as lost rather than late. NULL with errno on failure. */
ring_writer *ring_writer_open(int fd, unsigned tick_us, unsigned patience_ms);

/* Take one frame of `channel`, stamped `timestamp` (samples) by the media clock; `samples` NULL is silence. Both channels
 * of one tick carry the same timestamp. Never waits, allocates or calls the kernel. Returns where the channel is now. */
uint64_t ring_writer_put(ring_writer *writer, unsigned channel, uint64_t timestamp, const int16_t *samples,
                         unsigned count, const ring_time *now);

/* The same with a touch-tone in it: silence from `before` samples before the frame's end until `after` beyond it. */
uint64_t ring_writer_put_masked(ring_writer *writer, unsigned channel, uint64_t timestamp, const int16_t *samples,
                                unsigned count, const ring_time *now, uint32_t before, uint32_t after);

/* Any thread; the media threads carry it out at their next frame, before they place it. What they put afterwards is
 * silent from its first sample on, what the ring holds from `look_back_ms` ago on is wiped, and `generation` raised
 * when it is. A pause wipes at least RING_SHORTEST_LOOK_BACK_MS: a touch-tone may have begun that nobody heard yet. */
#define RING_SHORTEST_LOOK_BACK_MS 80
void ring_writer_pause(ring_writer *writer, unsigned look_back_ms);
void ring_writer_hold(ring_writer *writer, unsigned channel, bool on);
void ring_writer_mask(ring_writer *writer, unsigned channel, unsigned look_back_ms, unsigned hold_ms);

/* The thread that pauses: end a pause `after_ms` from now, which is how long what came before now may lie in buffers.
 * How many ms it lasts yet, to the frame with which the recording goes on; 0 where nothing is paused. */
unsigned ring_writer_resume(ring_writer *writer, unsigned after_ms, const ring_time *now);

/* The channel's own media thread: is its audio left out since its last frame? */
bool ring_writer_paused(const ring_writer *writer, unsigned channel);

/* Take nothing from now on and carry out what is still asked; the length both channels reached. Nobody may be inside
 * ring_writer_put. */
uint64_t ring_writer_stop(ring_writer *writer);

uint32_t ring_writer_samples_per_frame(const ring_writer *writer);
const ring_page *ring_writer_page(const ring_writer *writer);

/* How often both channels jumped ahead together. */
uint64_t ring_writer_jumps(const ring_writer *writer);

/* Unmap. Nobody may be inside ring_writer_put. */
void ring_writer_close(ring_writer *writer);

#endif
