#include "peer_gate.h"

#include "registrar.h"
#include "unheard.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <stdlib.h>
#include <string.h>

#define ADDRESS      NETWORK_ADDRESS_BYTES
#define MOST_LEARNED 64  /* servers of all trunks together; the oldest is forgotten */
#define MOST_COUNTED 256 /* addresses a minute that are told apart */

static struct {
    network_range     *networks;
    unsigned           count;
    uint8_t            learned[MOST_LEARNED][ADDRESS];
    unsigned           learned_count, learned_next;
    peer_gate_refusals refused[MOST_COUNTED];
    unsigned           refused_count;
    uint64_t           others;
} gate;

static int was_learned(const uint8_t address[ADDRESS])
{
    unsigned place;
    for (place = 0; place < gate.learned_count; ++place)
        if (memcmp(gate.learned[place], address, ADDRESS) == 0)
            return 1;
    return 0;
}

static int is_known(const uint8_t address[ADDRESS])
{
    unsigned place;
    for (place = 0; place < gate.count; ++place)
        if (network_range_has(&gate.networks[place], address))
            return 1;
    return was_learned(address);
}

/* A provider may go on with a call from another of its machines; it knows the dialog's tags, which nobody guesses. */
static int is_in_dialog(const pjsip_rx_data *rdata)
{
    const pjsip_to_hdr *to = rdata->msg_info.to;
    return to->tag.slen &&
           pjsip_ua_find_dialog(&rdata->msg_info.cid->id, &to->tag, &rdata->msg_info.from->tag, PJ_FALSE) != NULL;
}

static void count(const uint8_t address[ADDRESS])
{
    unsigned place;
    for (place = 0; place < gate.refused_count; ++place) {
        if (memcmp(gate.refused[place].address, address, ADDRESS) == 0) {
            ++gate.refused[place].requests;
            return;
        }
    }
    if (gate.refused_count == MOST_COUNTED) {
        ++gate.others;
        return;
    }
    memcpy(gate.refused[gate.refused_count].address, address, ADDRESS);
    gate.refused[gate.refused_count++].requests = 1;
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    uint8_t address[ADDRESS];
    int admitted;

    network_address_of(&rdata->pkt_info.src_addr, address);
    if (is_known(address) || is_in_dialog(rdata))
        return PJ_FALSE;
    admitted = registrar_admits(rdata, address);
    if (admitted > 0)
        return PJ_FALSE;
    if (admitted < 0 || unheard_has(address)) {
        count(address);
        return PJ_TRUE;
    }
    if (rdata->msg_info.msg->line.req.method.id == PJSIP_ACK_METHOD)
        return PJ_TRUE; /* of our 403: no request of its own, and never answered (RFC 3261 section 17.2.7) */
    count(address);
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, PJSIP_SC_FORBIDDEN, NULL, NULL, NULL);
    return PJ_TRUE;
}

/* Whom we turn to on our own account, by name, SRV or proxy, is a peer. Where a dialog takes us is the other side's
 * word, and teaches nothing. */
static pj_status_t on_tx_request(pjsip_tx_data *tdata)
{
    const pjsip_to_hdr *to = PJSIP_MSG_TO_HDR(tdata->msg);
    uint8_t address[ADDRESS];

    if (!to || to->tag.slen)
        return PJ_SUCCESS;
    network_address_of(&tdata->tp_info.dst_addr, address);
    /* A phone that is called does not become a peer by that. */
    if (!was_learned(address) && !registrar_knows(address, pj_sockaddr_get_port(&tdata->tp_info.dst_addr))) {
        memcpy(gate.learned[gate.learned_next], address, ADDRESS);
        gate.learned_next = (gate.learned_next + 1) % MOST_LEARNED;
        if (gate.learned_count < MOST_LEARNED)
            ++gate.learned_count;
    }
    return PJ_SUCCESS;
}

static pjsip_module gate_module = {
    .name = {"mod-peer-gate", 13},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 1,
    .on_rx_request = &on_rx_request,
    .on_tx_request = &on_tx_request,
};

int peer_gate_open(const network_range *networks, unsigned number)
{
    unsigned place;

    peer_gate_close();
    for (place = 0; place < number; ++place)
        if (networks[place].prefix > NETWORK_PREFIX_BITS)
            return PJ_EINVAL;
    gate.networks = calloc(number ? number : 1, sizeof *networks);
    if (!gate.networks)
        return PJ_ENOMEM;
    if (number)
        memcpy(gate.networks, networks, number * sizeof *networks);
    gate.count = number;
    return pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &gate_module);
}

unsigned peer_gate_refused(peer_gate_refusals *into, unsigned room, uint64_t *others)
{
    unsigned told = gate.refused_count < room ? gate.refused_count : room;
    memcpy(into, gate.refused, told * sizeof *into);
    for (unsigned place = told; place < gate.refused_count; ++place)
        gate.others += gate.refused[place].requests;
    *others = gate.others;
    gate.refused_count = 0;
    gate.others = 0;
    return told;
}

void peer_gate_close(void)
{
    if (gate_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &gate_module);
    unheard_forget_all();
    free(gate.networks);
    memset(&gate, 0, sizeof gate);
}
