// Sends each call that Restate accepted to the upstream, and returns its response, which Restate stores.

import http from "node:http";
import * as restate from "@restatedev/restate-sdk";

// The library needs it, and Node.js has it since version 22.
Promise.withResolvers ??= () => {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
};

const [upstreamPort, port] = process.argv.slice(2).map(Number);
const agent = new http.Agent({ keepAlive: true, maxSockets: 512 });

function send(body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      {
        host: "127.0.0.1",
        port: upstreamPort,
        method: "POST",
        path: "/invoices",
        agent,
        headers: { "Content-Type": "application/octet-stream", "Content-Length": body.length },
      },
      (response) => {
        const chunks = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => resolve(Buffer.concat(chunks).toString("latin1")));
      },
    );
    request.on("error", reject);
    request.end(body);
  });
}

const binary = { accept: "*/*", input: restate.serde.binary, output: restate.serde.binary };

const calls = restate.service({
  name: "Calls",
  handlers: {
    forward: restate.handlers.handler(binary, async (context, body) => {
      const response = await context.run("call", () => send(Buffer.from(body)));
      return new TextEncoder().encode(response);
    }),
  },
});

restate.serve({ services: [calls], port });
