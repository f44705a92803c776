#pragma once
// First, so that libevent's own configuration does not change what the C library declares: Swift has seen it already.
#include <pthread.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <event2/util.h>

// A GNU extension that Swift's view of the C library leaves out.
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline void ringback_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }
