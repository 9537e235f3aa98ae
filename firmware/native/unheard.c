#include "unheard.h"

#include <string.h>

#define MOST 1024

static struct {
    struct {
        peer_gate_network network;
        uint64_t          until_ms;
    } places[MOST];
    unsigned count;
} unheard;

static uint64_t now_ms(void)
{
    pj_time_val now;
    pj_gettickcount(&now);
    return (uint64_t)now.sec * 1000 + (uint64_t)now.msec;
}

int unheard_has(const uint8_t address[16])
{
    const uint64_t now = now_ms();
    unsigned place = 0;
    while (place < unheard.count) {
        if (unheard.places[place].until_ms <= now)
            unheard.places[place] = unheard.places[--unheard.count];
        else if (peer_gate_is_in(&unheard.places[place].network, address))
            return 1;
        else
            ++place;
    }
    return 0;
}

void unheard_add(const peer_gate_network *network, unsigned ms)
{
    unsigned place, over = 0;

    for (place = 0; place < unheard.count; ++place) {
        if (memcmp(&unheard.places[place].network, network, sizeof *network) == 0)
            break;
        if (unheard.places[place].until_ms < unheard.places[over].until_ms)
            over = place;
    }
    if (place == MOST)
        place = over;
    else if (place == unheard.count)
        ++unheard.count;
    unheard.places[place].network = *network;
    unheard.places[place].until_ms = now_ms() + ms;
}

void unheard_forget_all(void)
{
    unheard.count = 0;
}
