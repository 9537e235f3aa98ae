/* Places that are not answered for a while: who guessed passwords, or knocked too often without being known. All
 * functions: from the one thread that polls pjsip. Networks are as in peer_gate.h. */
#ifndef EARMARK_UNHEARD_H
#define EARMARK_UNHEARD_H

#include "peer_gate.h"

/* From now on for so long; 0 ends it. So many places at most: one more, and the first to be over is forgotten. */
void unheard_add(const peer_gate_network *network, unsigned ms);

int unheard_has(const uint8_t address[16]);

void unheard_forget_all(void);

#endif
