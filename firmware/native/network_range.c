#include "network_range.h"

#include <string.h>

int network_range_has(const network_range *range, const uint8_t address[NETWORK_ADDRESS_BYTES])
{
    unsigned whole = range->prefix / 8, rest = range->prefix % 8;
    if (memcmp(range->address, address, whole) != 0)
        return 0;
    return rest == 0 || ((range->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

void network_address_of(const pj_sockaddr *from, uint8_t into[NETWORK_ADDRESS_BYTES])
{
    if (from->addr.sa_family == pj_AF_INET6()) {
        memcpy(into, &from->ipv6.sin6_addr, NETWORK_ADDRESS_BYTES);
        return;
    }
    memset(into, 0, 10);
    memset(into + 10, 0xff, 2);
    memcpy(into + 12, &from->ipv4.sin_addr, 4);
}
