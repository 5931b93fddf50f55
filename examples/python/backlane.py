"""Calls an API in the background, and verifies notifications.

Copy this file into your program. It needs Python 3.9 or newer and no package.
"""

import base64
import hashlib
import hmac
import http.client
import json
import random
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import NamedTuple

HELD_SECONDS = 30  # how long the server holds a request for the state
REQUEST_SECONDS = 60
PAUSE_SECONDS_MAX = 30
RETRY_AFTER_SECONDS_MAX = 86_400
TOLERANCE_SECONDS = 300
TRY_LATER = (429, 502, 503, 504)


class Refused(Exception):
    """A request was refused. `problem` is the problem document (RFC 9457), or empty."""

    def __init__(self, status, body):
        self.status = status
        try:
            document = json.loads(body)
        except ValueError:
            document = None
        self.problem = document if isinstance(document, dict) else {}
        super().__init__(f"refused with {status}: {self.problem.get('detail', body[:500])}")


class NoResponse(Exception):
    """The operation ended without a response of the API: it failed or was canceled."""

    def __init__(self, state):
        self.state = state
        super().__init__(f"operation {state['id']}: {state['errorMessage']}")


class OutcomeUnknown(NoResponse):
    """The API may have executed the call. Check there before you send it again."""


class NotEnded(Exception):
    """The operation has not ended in time. It continues: wait for it again later."""


class Response(NamedTuple):
    status: int
    headers: object
    body: bytes


class ClientCredentials:
    """Access tokens of the OAuth 2.0 client credentials grant, renewed before they expire."""

    def __init__(self, url, client_id, client_secret, **parameters):
        pair = f"{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(client_secret)}"
        self._url = url
        self._basic = base64.b64encode(pair.encode()).decode()
        self._form = urllib.parse.urlencode({"grant_type": "client_credentials", **parameters})
        self._lock = threading.Lock()
        self._token = None
        self._renew_at = 0.0

    def token(self):
        with self._lock:
            if self._token is None or time.monotonic() >= self._renew_at:
                self._request()
            return self._token

    def discard(self, token):
        """The server has refused this token: the next one will be another."""
        with self._lock:
            if self._token == token:
                self._token = None

    def _request(self):
        fields = {
            "Authorization": f"Basic {self._basic}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        now = time.monotonic()
        response = _exchange("POST", self._url, fields, self._form.encode(), REQUEST_SECONDS)
        if response.status != 200:
            raise Refused(response.status, response.body)
        document = json.loads(response.body)
        self._token = document["access_token"]
        self._renew_at = now + 0.8 * float(document.get("expires_in", 300))


class Backlane:
    """A client of an API behind Backlane. Can be used by several threads.

    `tokens` has the methods `token()` and `discard(token)`, as ClientCredentials; None: no tokens.
    """

    def __init__(self, base, tokens=None):
        self._base = base.rstrip("/")
        self._tokens = tokens

    def submit(self, method, target, body=None, *, key=None, trigger="none", headers=None,
               seconds=600):
        """Submits a call, and returns the id of its operation.

        Use a `key` that names the job, such as "invoice-1002-release": the same key returns the
        same operation for as long as that is kept, also after a crash of this program.
        """
        fields = {"Content-Type": "application/json"} if body is not None else {}
        fields.update(headers or {})
        fields["erp-api-background"] = trigger
        fields["Idempotency-Key"] = key or str(uuid.uuid4())
        response = self._send(method, target, fields, body, seconds=seconds)
        if response.status != 202:
            raise Refused(response.status, response.body)
        return json.loads(response.body)["id"]

    def wait(self, operation, seconds=86_400, on_change=lambda state: None):
        """Waits until the operation has ended, and returns its state."""
        until = time.monotonic() + seconds
        target = f"/v1/background/{urllib.parse.quote(operation, safe='')}"
        etag, state = None, None
        while True:
            held = max(0, min(HELD_SECONDS, int(until - time.monotonic())))
            begin = time.monotonic()
            response = self._send(
                "GET", f"{target}?wait={held}", {"If-None-Match": etag} if etag else {},
                seconds=until - begin, request_seconds=held + REQUEST_SECONDS)
            if response.status == 200:
                etag, state = response.headers["ETag"], json.loads(response.body)
                on_change(state)
            elif response.status != 304:
                raise Refused(response.status, response.body)
            if state["status"] != "Started":
                return state
            pause = 0.0
            if time.monotonic() - begin < held / 2:  # The server does not hold requests that long.
                pause = _retry_after(response, 1.0)
            if time.monotonic() + pause >= until:
                raise NotEnded(f"operation {operation} has not ended within {seconds} s")
            time.sleep(pause)

    def content(self, operation):
        """The body of the API's response, byte for byte."""
        target = f"/v1/background/{urllib.parse.quote(operation, safe='')}/content"
        response = self._send("GET", target)
        if response.status != 200:
            raise Refused(response.status, response.body)
        return response.body

    def response(self, operation, seconds=86_400):
        """Waits until the operation has ended, and returns the API's response, of any status."""
        state = self.wait(operation, seconds)
        if state["status"] == "Finished":
            body = self.content(operation) if state["hasResponseContent"] else b""
            return Response(state["statusCode"], state["responseHeaders"], body)
        raise (OutcomeUnknown if state["errorCode"] == "outcome-unknown" else NoResponse)(state)

    def list(self, **filters):
        """The states of the caller's operations, newest first; pages are read as needed."""
        while True:
            response = self._send("GET", f"/v1/background?{urllib.parse.urlencode(filters)}")
            if response.status != 200:
                raise Refused(response.status, response.body)
            page = json.loads(response.body)
            yield from page["items"]
            if page["nextCursor"] is None:
                return
            filters["cursor"] = page["nextCursor"]

    def cancel(self, operation):
        """Cancels the operation. False: it had ended before."""
        response = self._send("DELETE", f"/v1/background/{urllib.parse.quote(operation, safe='')}")
        if response.status not in (202, 204, 409):
            raise Refused(response.status, response.body)
        return response.status != 409

    def _send(self, method, target, headers=None, body=None, *, seconds=600,
              request_seconds=REQUEST_SECONDS):
        """Repeats a request while the server is away or overloaded, for some seconds.

        Only for requests that may be repeated: reads, cancels, and calls with an Idempotency-Key.
        """
        until = time.monotonic() + seconds
        longest = 0.5
        renewed = False
        while True:
            failure, response = None, None
            try:
                token = self._tokens.token() if self._tokens else None
                fields = {**(headers or {}), "Accept": "*/*"}
                if token:
                    fields["Authorization"] = f"Bearer {token}"
                response = _exchange(method, self._base + target, fields, body, request_seconds)
            except (OSError, http.client.HTTPException) as lost:
                failure = lost
            if response and response.status == 401 and token and not renewed:
                self._tokens.discard(token)
                renewed = True
                continue
            if response and response.status not in TRY_LATER:
                return response
            pause = _retry_after(response, random.uniform(0, longest))
            longest = min(2 * longest, PAUSE_SECONDS_MAX)
            if time.monotonic() + pause >= until:
                raise failure or Refused(response.status, response.body)
            time.sleep(pause)


def _retry_after(response, otherwise):
    """The seconds of Retry-After, at most a day."""
    asked = response and response.headers["Retry-After"]
    if not re.fullmatch(r"[0-9]+(\.[0-9]*)?", asked or ""):
        return otherwise
    return min(float(asked), RETRY_AFTER_SECONDS_MAX)


def verify(secrets, headers, body):
    """The notification in `body`, the bytes as received; None if it is not genuine and recent.

    During a rotation, `secrets` are the new and the old one.
    """
    name, time_sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not re.fullmatch("[0-9]{1,12}", time_sent):
        return None
    if abs(time.time() - int(time_sent)) > TOLERANCE_SECONDS:
        return None
    signed = f"{name}.{time_sent}.".encode(errors="replace") + body
    given = [each.encode(errors="replace") for each in headers.get("webhook-signature", "").split()]
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(key, signed, hashlib.sha256).digest()
        wanted = b"v1," + base64.b64encode(mac)
        if key and any(hmac.compare_digest(wanted, each) for each in given):
            return json.loads(body)
    return None


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take the token to another host."""

    def redirect_request(self, *arguments):
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _exchange(method, url, headers, body, seconds):
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        opened = _OPENER.open(request, timeout=seconds)
    except urllib.error.HTTPError as not_2xx:
        opened = not_2xx
    with opened as response:
        return Response(response.status, response.headers, response.read())
