// Receives notifications, verifies them, and prints each of them once: WEBHOOK_SECRETS=whsec_... node receiver.ts PORT

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verify } from './backlane.ts';

const BODY_BYTES_MAX = 64 * 1024;
const secrets = (process.env['WEBHOOK_SECRETS'] ?? '').split(',');

// In production: a table with a unique key, written in the same transaction as the work.
const processed = new Set<string>();

const server = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size > BODY_BYTES_MAX) {
        response.writeHead(413, { Connection: 'close' }).end();
        return;
      }
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks); // the raw bytes, which are signed
    const notification = verify(secrets, request.headers, body);
    if (request.method !== 'POST' || request.url !== '/hooks/backlane' || notification === undefined) {
      response.writeHead(400).end();
      return;
    }
    if (!processed.has(notification.id)) { // A notification can arrive twice.
      processed.add(notification.id);
      console.log(body.toString());
    }
    response.writeHead(204).end();
  } catch {
    request.destroy(); // The sender closed the connection, and sends the notification again.
  }
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/backlane`);
});
