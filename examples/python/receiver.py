"""Receives notifications, verifies them, and prints each of them once.

    WEBHOOK_SECRETS=whsec_... python3 receiver.py PORT
"""

import os
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from backlane import verify

BODY_BYTES_MAX = 64 * 1024
SECRETS = os.environ["WEBHOOK_SECRETS"].split(",")

# In production: a table with a unique key, written in the same transaction as the work.
processed = set()


class Receiver(BaseHTTPRequestHandler):
    timeout = 10

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not re.fullmatch("[0-9]{1,9}", length) or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            return self.respond(413)
        body = self.rfile.read(int(length))  # the raw bytes, which are signed
        notification = verify(SECRETS, self.headers, body)
        if self.path != "/hooks/backlane" or notification is None:
            return self.respond(400)
        if notification["id"] not in processed:  # A notification can arrive twice.
            processed.add(notification["id"])
            print(body.decode(), flush=True)
        self.respond(204)

    def respond(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
print(f"http://127.0.0.1:{server.server_port}/hooks/backlane", flush=True)
server.serve_forever()
