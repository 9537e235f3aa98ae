#include "registrar.h"

#include "tick.h"
#include "unheard.h"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <stdlib.h>
#include <string.h>

#define ADDRESS      NETWORK_ADDRESS_BYTES
#define HEADERS      8192
/* Emergency calls of places that are not answered otherwise: so many at once, and one more every so often. */
#define EMERGENCIES        20
#define EMERGENCY_EVERY_MS 200

static struct {
    registrar_taker *taker;
    network_range   *networks;
    unsigned         count;
    registrar_phone *phones;
    unsigned         phone_count;
    uint64_t         emergencies_until_ms;
    char             headers[HEADERS];
} registrar;

/* -- whom to let in ------------------------------------------------------------------------------------------------- */

int registrar_knows(const uint8_t address[ADDRESS], unsigned port)
{
    unsigned place;
    for (place = 0; place < registrar.phone_count; ++place)
        if (registrar.phones[place].port == port && memcmp(registrar.phones[place].address, address, ADDRESS) == 0)
            return 1;
    return 0;
}

/* An emergency call is never barred: whoever makes one is asked for a password at the most. */
static int is_emergency(const pjsip_rx_data *rdata)
{
    static const pj_str_t numbers[] = {{"999", 3}, {"112", 3}, {"18000", 5}};
    const pjsip_request_line *line = &rdata->msg_info.msg->line.req;
    const pjsip_sip_uri *uri;
    unsigned place;

    if (line->method.id != PJSIP_INVITE_METHOD)
        return 0;
    uri = pjsip_uri_get_uri(line->uri);
    if (!PJSIP_URI_SCHEME_IS_SIP(uri) && !PJSIP_URI_SCHEME_IS_SIPS(uri))
        return 0;
    for (place = 0; place < PJ_ARRAY_SIZE(numbers); ++place)
        if (uri->user.slen >= numbers[place].slen &&
            pj_memcmp(uri->user.ptr + uri->user.slen - numbers[place].slen, numbers[place].ptr,
                      (pj_size_t)numbers[place].slen) == 0)
            return 1;
    return 0;
}

/* Whoever guesses passwords can dial 999 as well; that is no faster way to guess, nor to keep the box busy. */
static int is_heard_out(void)
{
    const uint64_t now = tick_ms();
    if (registrar.emergencies_until_ms < now)
        registrar.emergencies_until_ms = now;
    if (registrar.emergencies_until_ms - now >= EMERGENCIES * EMERGENCY_EVERY_MS)
        return 0;
    registrar.emergencies_until_ms += EMERGENCY_EVERY_MS;
    return 1;
}

int registrar_admits(const pjsip_rx_data *rdata, const uint8_t address[ADDRESS])
{
    unsigned place;
    for (place = 0; place < registrar.count; ++place)
        if (network_range_has(&registrar.networks[place], address))
            break;
    if (place == registrar.count)
        return registrar_knows(address, (unsigned)rdata->pkt_info.src_port);
    if (!unheard_has(address) || registrar_knows(address, (unsigned)rdata->pkt_info.src_port))
        return 1;
    return is_emergency(rdata) && is_heard_out() ? 1 : -1;
}

/* -- where phones really are ---------------------------------------------------------------------------------------- */

/* A phone behind a router names an address of its own network; one with a connection is reached by that alone. */
static void correct_contact(pjsip_rx_data *rdata)
{
    pjsip_contact_hdr *contact = pjsip_msg_find_hdr(rdata->msg_info.msg, PJSIP_H_CONTACT, NULL);
    const int connected = PJSIP_TRANSPORT_IS_RELIABLE(rdata->tp_info.transport);
    pj_str_t source = pj_str(rdata->pkt_info.src_name);
    pjsip_sip_uri *uri;

    if (!contact || contact->star || !contact->uri)
        return;
    uri = pjsip_uri_get_uri(contact->uri);
    if (!PJSIP_URI_SCHEME_IS_SIP(uri) && !PJSIP_URI_SCHEME_IS_SIPS(uri))
        return;
    if (!connected && pj_stricmp(&uri->host, &source) == 0)
        return;
    pj_strdup(rdata->tp_info.pool, &uri->host, &source);
    uri->port = rdata->pkt_info.src_port;
    if (connected)
        uri->transport_param = pj_str((char *)pjsip_transport_get_type_name(
            PJSIP_TRANSPORT_IS_SECURE(rdata->tp_info.transport) ? PJSIP_TRANSPORT_TLS : PJSIP_TRANSPORT_TCP));
}

static int is_registered_phones(const pjsip_rx_data *rdata)
{
    uint8_t address[ADDRESS];
    network_address_of(&rdata->pkt_info.src_addr, address);
    return registrar_knows(address, (unsigned)rdata->pkt_info.src_port);
}

static pj_bool_t on_rx_message(pjsip_rx_data *rdata)
{
    if (registrar.phone_count && is_registered_phones(rdata))
        correct_contact(rdata);
    return PJ_FALSE;
}

/* -- requests of phones --------------------------------------------------------------------------------------------- */

static void add_headers(pj_pool_t *pool, pjsip_hdr *list, char *text)
{
    char *line, *colon, *rest = NULL;
    for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        pj_str_t name, value;
        if (!(colon = strstr(line, ": ")))
            continue;
        *colon = 0;
        name = pj_str(line);
        value = pj_str(colon + 2);
        pj_list_push_back(list, pjsip_generic_string_hdr_create(pool, &name, &value));
    }
}

static void respond(pjsip_rx_data *rdata, int status)
{
    pjsip_endpoint *endpoint = pjsua_get_pjsip_endpt();
    pjsip_hdr headers;

    pj_list_init(&headers);
    add_headers(rdata->tp_info.pool, &headers, registrar.headers);
    if (status >= REGISTRAR_KEPT &&
        pjsip_endpt_respond(endpoint, NULL, rdata, status - REGISTRAR_KEPT, NULL, &headers, NULL, NULL) == PJ_SUCCESS)
        return;
    pjsip_endpt_respond_stateless(endpoint, rdata, status % REGISTRAR_KEPT, NULL, &headers, NULL);
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata)
{
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;
    int status;

    if (!registrar.taker || rdata->msg_info.to->tag.slen || method->id == PJSIP_CANCEL_METHOD)
        return PJ_FALSE;
    /* Of a refusal that was forgotten: what it acknowledges is nobody's business any more. */
    if (method->id == PJSIP_ACK_METHOD)
        return PJ_FALSE;
    registrar.headers[0] = 0;
    status = registrar.taker(rdata->msg_info.msg_buf, (unsigned)rdata->msg_info.len, rdata->pkt_info.src_name,
                             rdata->pkt_info.src_port,
                             PJSIP_TRANSPORT_IS_SECURE(rdata->tp_info.transport)     ? REGISTRAR_TLS
                             : PJSIP_TRANSPORT_IS_RELIABLE(rdata->tp_info.transport) ? REGISTRAR_TCP
                                                                                     : REGISTRAR_UDP,
                             registrar.headers, HEADERS);
    if (status == REGISTRAR_PASSES_PHONE)
        correct_contact(rdata);
    if (status == REGISTRAR_PASSES || status == REGISTRAR_PASSES_PHONE)
        return PJ_FALSE;
    if (status != REGISTRAR_IGNORES)
        respond(rdata, status);
    return PJ_TRUE;
}

/* After the transaction layer, which deals with retransmissions, and before dialogs. */
static pjsip_module registrar_module = {
    .name = {"mod-registrar", 13},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_UA_PROXY_LAYER - 2,
    .on_rx_request = &on_rx_request,
};

/* Before the transaction layer, which keeps responses to itself. */
static pjsip_module places_module = {
    .name = {"mod-phone-places", 16},
    .id = -1,
    .priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 2,
    .on_rx_request = &on_rx_message,
    .on_rx_response = &on_rx_message,
};

int registrar_open(const network_range *networks, unsigned count, registrar_taker *taker)
{
    pj_status_t status;

    registrar_close();
    registrar.networks = calloc(count ? count : 1, sizeof *networks);
    if (!registrar.networks)
        return PJ_ENOMEM;
    if (count)
        memcpy(registrar.networks, networks, count * sizeof *networks);
    registrar.count = count;
    registrar.taker = taker;
    status = pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &registrar_module);
    return status == PJ_SUCCESS ? pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &places_module) : status;
}

int registrar_vouch(const registrar_phone *phones, unsigned count)
{
    registrar_phone *copy = calloc(count ? count : 1, sizeof *phones);
    if (!copy)
        return PJ_ENOMEM;
    if (count)
        memcpy(copy, phones, count * sizeof *phones);
    free(registrar.phones);
    registrar.phones = copy;
    registrar.phone_count = count;
    return PJ_SUCCESS;
}

void registrar_close(void)
{
    if (registrar_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &registrar_module);
    if (places_module.id >= 0)
        pjsip_endpt_unregister_module(pjsua_get_pjsip_endpt(), &places_module);
    free(registrar.networks);
    free(registrar.phones);
    memset(&registrar, 0, sizeof registrar);
}
