"""Control sockets: HTTP with JSON over Unix sockets, rights by peer credentials, one event stream each."""
