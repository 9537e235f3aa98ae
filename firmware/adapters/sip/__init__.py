"""SIP lines by pjsua2. Everything here runs in one thread, the dispatcher's; callbacks only copy and enqueue."""
