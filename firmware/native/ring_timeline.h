/* Where in a recording a tick of the media clock belongs: time goes on through stalls, and both channels agree on it.
 *
 * Knows neither pjmedia nor a clock; every call says what the time is. */
#ifndef EARMARK_RING_TIMELINE_H
#define EARMARK_RING_TIMELINE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The times of one tick of the media clock, in nanoseconds. */
typedef struct ring_time {
    int64_t elapsing_ns;  /* counts while the machine is suspended too (CLOCK_BOOTTIME) */
    int64_t monotonic_ns; /* for the heartbeat, comparable with the recorder's own clock */
    int64_t wall_ns;
} ring_time;

/* Sample number = timestamp - base + shift, modulo 2^32, nearest to where the channel is. */
typedef struct ring_timeline {
    uint32_t sample_rate_hz, samples_per_frame;
    int64_t  frame_ns, patience_ns;
    _Atomic int64_t  base;          /* timestamp of the first frame */
    _Atomic uint64_t decision;      /* low 32 bits of a tick's timestamp << 32 | the shift that holds for that tick */

    /* Written only by the thread that decided the present tick; ticks do not overlap. */
    _Atomic int64_t  zero_ns;       /* when sample 0 was, by the frame that came least late */
    _Atomic int64_t  last_sample;
    _Atomic int64_t  usual_lag_ns;  /* the least since the last jump; before the first one 0 */
    _Atomic int64_t  least_lag_ns;  /* of the late ticks now under way */
    _Atomic uint32_t late_ticks;
    _Atomic uint64_t jumps;         /* how often both channels jumped ahead together */
} ring_timeline;

/* `tick_us` is the media clock's period. Beyond `patience_ms` behind the clock, audio counts as lost rather than late. */
void ring_timeline_init(ring_timeline *timeline, uint32_t sample_rate_hz, unsigned tick_us, unsigned patience_ms);

/* The first frame of either channel is sample 0: true for whoever brings it. */
bool ring_timeline_begin(ring_timeline *timeline, uint64_t timestamp);

/* The sample number at which a frame of this moment belongs that is not late: where the ticks up to now will have led. */
uint64_t ring_timeline_reached(const ring_timeline *timeline, const ring_time *now);

/* The sample number at which a frame belongs whose channel has reached `reached`. */
int64_t ring_timeline_place(ring_timeline *timeline, uint64_t timestamp, uint64_t reached, const ring_time *now);

#endif
