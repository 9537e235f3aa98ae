/* Addresses and networks, IPv4 and IPv6 in one form: 16 bytes, IPv4 mapped into IPv6 (RFC 4291 section 2.5.5.2). */
#ifndef EARMARK_NETWORK_RANGE_H
#define EARMARK_NETWORK_RANGE_H

#include <pjlib.h>
#include <stdint.h>

#define NETWORK_ADDRESS_BYTES 16
#define NETWORK_PREFIX_BITS   128

/* ::ffff:192.0.2.0/120 is 192.0.2.0/24. */
typedef struct network_range {
    uint8_t  address[NETWORK_ADDRESS_BYTES];
    uint32_t prefix;
} network_range;

int network_range_has(const network_range *range, const uint8_t address[NETWORK_ADDRESS_BYTES]);
void network_address_of(const pj_sockaddr *from, uint8_t into[NETWORK_ADDRESS_BYTES]);

#endif
