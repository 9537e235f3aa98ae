/* One analogue line: what is heard of it is measured, and kept in a ring while it is recorded. Knows neither a sound card
 * nor a clock.
 *
 * A line has one channel (two wires: both parties mixed) or two. While nobody records it, the last seconds may be kept in
 * memory, so that a call's first word is not lost while it is found out that there is a call and whether it may be
 * recorded; touch-tones among them are masked on their way into the ring as all others.
 *
 * Sample numbers count from the device's first sample, lost ones included. Any thread may call anything; calls for one
 * line wait for one another, a few microseconds as a rule. */
#ifndef EARMARK_TAPPED_LINE_H
#define EARMARK_TAPPED_LINE_H

#include "key_queue.h"

#include <stdbool.h>
#include <stdint.h>

#define LINE_CHANNELS  2
#define LINE_TONES     8  /* frequencies that may be looked for */
#define LINE_BLOCK_MS  20
#define LINE_WINDOW_MS 40 /* in which frequencies are told apart: 50 Hz */

/* What a block of 20 ms of one channel holds, before any gain. Powers are mean squares of samples. */
typedef struct line_block {
    float    power;             /* above 200 Hz: hum is not speech */
    float    peak;              /* the largest sample, of 32768 */
    float    share[LINE_TONES]; /* of the window's whole power, the part at each frequency: 0 to about 1 */
    uint32_t clipped;           /* samples that the gain drove beyond full scale */
    uint32_t touch_tone;        /* 1: what may be a telephone key is heard in it */
} line_block;

typedef struct tapped_line tapped_line;

/* NULL: no memory, or a sample rate other than 8,000 and 16,000 Hz. */
tapped_line *tapped_line_create(uint32_t sample_rate_hz, unsigned channels, unsigned pre_roll_ms,
                                const float *frequencies_hz, unsigned frequencies);

/* Whether the last seconds are kept. `on` false wipes them. */
void tapped_line_keep(tapped_line *line, bool on);

void tapped_line_gain(tapped_line *line, unsigned channel, float factor);

/* Take one block: for each of the line's channels, every `stride`th sample from `samples + offset[channel]`. `number` is
 * that of its first sample; what lies between it and the block before was lost. `heard` has room for each channel. */
void tapped_line_put(tapped_line *line, uint64_t number, const int16_t *samples, unsigned stride,
                     const unsigned *offset, line_block *heard);

/* Record into the ring behind `fd` from now on, and what is kept from sample `from` on; `paused`: nothing at all until
 * tapped_line_resume. The descriptor may be closed afterwards. False with errno: no ring there. */
bool tapped_line_record(tapped_line *line, int fd, uint64_t from, bool paused);

/* As the functions of ring_writer.h. `number` is the sample that the device takes at this moment. */
void     tapped_line_pause(tapped_line *line, unsigned look_back_ms);
unsigned tapped_line_resume(tapped_line *line, unsigned after_ms, uint64_t number);

/* Record no more; the ring's final length. Not recording: 0. */
uint64_t tapped_line_stop(tapped_line *line);

/* Which telephone keys are told. Those of a feature code: of the office's channel, which is the second, and of the far
 * party's its asterisks; of a line that has only one channel none. What was heard and not told is forgotten. */
typedef enum line_wish { LINE_NO_KEYS, LINE_CODES, LINE_ALL_KEYS } line_wish;
void     tapped_line_listen(tapped_line *line, line_wish wish);
unsigned tapped_line_keys(tapped_line *line, heard_key *keys, unsigned room);

/* Ends a recording as well. Nobody may use the line any more. */
void tapped_line_free(tapped_line *line);

#endif
