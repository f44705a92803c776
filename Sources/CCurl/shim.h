#pragma once
#include <curl/curl.h>

// curl_easy_setopt and its relatives are variadic, which Swift cannot call: one wrapper for each argument type.
static inline CURLcode ringback_curl_setopt_long(CURL *h, CURLoption o, long v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode ringback_curl_setopt_string(CURL *h, CURLoption o, const char *v) { return curl_easy_setopt(h, o, v); }
static inline CURLcode ringback_curl_setopt_pointer(CURL *h, CURLoption o, const void *v) { return curl_easy_setopt(h, o, v); }
