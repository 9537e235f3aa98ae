/* The monotonic clock of pjlib in milliseconds. */
#ifndef EARMARK_TICK_H
#define EARMARK_TICK_H

#include <pjlib.h>
#include <stdint.h>

static inline uint64_t tick_ms(void)
{
    pj_time_val now;
    pj_gettickcount(&now);
    return (uint64_t)now.sec * 1000 + (uint64_t)now.msec;
}

#endif
