/* Build-time limits and features of pjproject for Earmark; copied to pjlib/include/pj/config_site.h.
 * A change here gives scripts/build-pjsua2 a new cache key, hence a new build. */

/* A box answers for one office: 250 recorded calls are two legs each. */
#define PJSUA_MAX_CALLS          512
#define PJSUA_MAX_ACC            32
#define PJSUA_MAX_CONF_PORTS     4096
#define PJSUA_MAX_PLAYERS        512
#define PJSUA_MAX_RECORDERS      512
#define PJ_IOQUEUE_MAX_HANDLES   4096
#define PJSIP_MAX_TSX_COUNT      8191
#define PJSIP_MAX_DIALOG_COUNT   4095
#define PJSIP_MAX_TRANSPORTS     1024

/* One thread polls each queue of sockets: nobody else could be woken in vain. Kept from waking together, they would
 * be taken out of epoll and put back twice for every packet, a third of the media thread's work. */
#define PJ_IOQUEUE_DEFAULT_EPOLL_FLAGS 0

/* While the one thread that answers SIP is busy for a moment, a burst waits in the socket; what does not fit is lost until
 * it is sent again. Left alone the kernel keeps 6 messages of 31,000 bytes, or 48 of 2,000; so it keeps 260, or 1,900.
 * This is SO_RCVBUF and not SO_RCVBUFFORCE: whoever asks, root too, silently gets no more than net.core.rmem_max, which
 * was 208 KiB (13 messages, or 97) before Linux 6.15 unless the machine's sysctl settings say 4194304. */
#define PJSIP_UDP_SO_RCVBUF_SIZE (4*1024*1024)

/* SIPREC metadata and long Via/Record-Route chains do not fit the default 4,000 bytes. */
#define PJSIP_MAX_PKT_LEN        32000
#define PJSUA_HAS_SIPREC         1
#define PJ_HAS_IPV6              1

/* The box never plays to, records from or films with its own devices through pjmedia. */
#define PJMEDIA_HAS_VIDEO        0
#define PJSUA_HAS_VIDEO          0
#define PJMEDIA_HAS_SOUND        0

/* The bridge that can mix on several threads; how many is chosen at run time (confThreads). */
#define PJMEDIA_CONF_BACKEND     PJMEDIA_CONF_PARALLEL_BRIDGE_BACKEND

/* Never let a codec go silent in the middle of a quiet stretch: a recording needs every frame. */
#define PJMEDIA_CODEC_MAX_SILENCE_PERIOD -1
