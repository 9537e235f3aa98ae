#include "unheard.h"

#include "tick.h"

#include <string.h>

#define MOST 1024

static struct {
    struct {
        network_range network;
        uint64_t      until_ms;
    } places[MOST];
    unsigned count;
} unheard;

int unheard_has(const uint8_t address[NETWORK_ADDRESS_BYTES])
{
    const uint64_t now = tick_ms();
    unsigned place = 0;
    while (place < unheard.count) {
        if (unheard.places[place].until_ms <= now)
            unheard.places[place] = unheard.places[--unheard.count];
        else if (network_range_has(&unheard.places[place].network, address))
            return 1;
        else
            ++place;
    }
    return 0;
}

void unheard_add(const network_range *network, unsigned ms)
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
    unheard.places[place].until_ms = tick_ms() + ms;
}

void unheard_forget_all(void)
{
    unheard.count = 0;
}
