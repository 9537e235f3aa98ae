/* Places that are not answered for a while: who guessed passwords, or knocked too often without being known. All
 * functions: from the one thread that polls pjsip. Networks are as in network_range.h. */
#ifndef EARMARK_UNHEARD_H
#define EARMARK_UNHEARD_H

#include "network_range.h"

/* From now on for so long; 0 ends it. So many places at most: one more, and the first to be over is forgotten. */
void unheard_add(const network_range *network, unsigned ms);

int unheard_has(const uint8_t address[NETWORK_ADDRESS_BYTES]);

void unheard_forget_all(void);

#endif
