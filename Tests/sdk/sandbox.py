"""The sandbox's own paths, for set-up and for looking behind the scenes."""

import json
import urllib.request
from urllib.parse import urlsplit

url = ""


def host() -> str:
    return urlsplit(url).hostname


def port() -> int:
    return urlsplit(url).port or 80


def call(method: str, path: str, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        text = response.read()
    return json.loads(text) if text else None


def reset():
    call("POST", "/_reset")


def fault(vendor: str, **members):
    call("PUT", f"/_faults/{vendor}", members)


def inbox():
    return call("GET", "/_inbox")["items"]


def journal(vendor: str):
    return call("GET", f"/_journal/{vendor}")["entries"]
