// Calls an API in the background, and verifies notifications. Copy this file into your program; it needs no package.
// Node 22.18 or newer runs it as it is; compiled to JavaScript, it runs with Node 18.

import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const HELD_SECONDS = 30; // how long the server holds a request for the state
const REQUEST_SECONDS = 60;
const PAUSE_SECONDS_MAX = 30;
const RETRY_AFTER_SECONDS_MAX = 86_400;
const TOLERANCE_SECONDS = 300;
const TRY_LATER = [429, 502, 503, 504];

export interface State {
  id: string;
  status: 'Started' | 'Finished' | 'Failed';
  statusCode: number;
  receivedUtc: string;
  startedUtc: string | null;
  finishedUtc: string | null;
  webhookAddress: string;
  errorMessage: string | null;
  reference: string | null;
  originalUri: string;
  hasRequestContent: boolean;
  hasResponseContent: boolean;
  contentLocation: string;
  responseHeaders: Record<string, string>;
  phase: 'queued' | 'held' | 'running' | 'retrying' | 'finished' | 'failed' | 'canceled';
  attempt: number;
  lastError: string | null;
  nextAttemptUtc: string | null;
  errorCode: string | null;
}

export interface Notification {
  id: string;
  reference: string | null;
  status: 'Finished' | 'Failed';
  statusCode: number;
  stateLocation: string;
  contentLocation: string;
  eventType: string;
  occurredUtc: string;
}

/** A request was refused; the message is that of the problem document (RFC 9457). */
export class Refused extends Error {
  readonly status: number;
  readonly problemType: string | undefined;

  private constructor(status: number, type: string | undefined, detail: string) {
    super(`refused with ${status}: ${detail}`);
    this.status = status;
    this.problemType = type;
  }

  static async by(response: Response): Promise<Refused> {
    const text = await response.text();
    try {
      const problem = JSON.parse(text) as { type?: string; detail?: string };
      return new Refused(response.status, problem.type, problem.detail ?? text);
    } catch {
      return new Refused(response.status, undefined, text.slice(0, 500));
    }
  }
}

/** The operation ended without a response of the API: it failed or was canceled. */
export class NoResponse extends Error {
  readonly state: State;

  constructor(state: State) {
    super(`operation ${state.id}: ${state.errorMessage}`);
    this.state = state;
  }

  /** Whether the API may have executed the call. Check there before you send it again. */
  get outcomeUnknown(): boolean {
    return this.state.errorCode === 'outcome-unknown';
  }
}

/** The operation has not ended in time. It continues: wait for it again later. */
export class NotEnded extends Error {}

/** Access tokens of the OAuth 2.0 client credentials grant, renewed before they expire. */
export class ClientCredentials {
  readonly #url: string;
  readonly #basic: string;
  readonly #form: string;
  #current: Promise<string> | undefined;
  #renewAt = 0;

  constructor(url: string, id: string, secret: string, parameters: Record<string, string> = {}) {
    this.#url = url;
    this.#basic = Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64');
    this.#form = new URLSearchParams({ grant_type: 'client_credentials', ...parameters }).toString();
  }

  /** The token to send now. Calls at the same time share one request. */
  token(): Promise<string> {
    if (this.#current === undefined || performance.now() >= this.#renewAt) {
      const requested = this.#request();
      this.#renewAt = Infinity;
      this.#current = requested;
      requested.catch(() => this.#discard(requested));
    }
    return this.#current;
  }

  /** The server has refused the token: the next one will be another. */
  async refused(token: string): Promise<void> {
    const current = this.#current;
    if (current !== undefined && (await current) === token) {
      this.#discard(current);
    }
  }

  #discard(token: Promise<string>): void {
    if (this.#current === token) {
      this.#current = undefined;
    }
  }

  async #request(): Promise<string> {
    const begin = performance.now();
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { Authorization: `Basic ${this.#basic}`, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: this.#form,
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_SECONDS * 1000),
    });
    if (!response.ok) {
      throw await Refused.by(response);
    }
    const token = (await response.json()) as { access_token: string; expires_in?: number };
    this.#renewAt = begin + 800 * (token.expires_in ?? 300);
    return token.access_token;
  }
}

export interface Call {
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  /** Names the job, such as `invoice-1002-release`: the same key returns the same operation, also after a crash. */
  key?: string;
  /** The value of `erp-api-background`. */
  trigger?: string;
}

interface Request {
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  seconds?: number;
  requestSeconds?: number;
}

/** A client of an API behind Backlane. */
export class Backlane {
  readonly #base: string;
  readonly #tokens: ClientCredentials | undefined;

  constructor(base: string, tokens?: ClientCredentials) {
    this.#base = base.replace(/\/+$/, '');
    this.#tokens = tokens;
  }

  /** Submits a call, and returns the id of its operation. */
  async submit(method: string, target: string, call: Call = {}): Promise<string> {
    const headers = {
      ...(call.body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...call.headers,
      'erp-api-background': call.trigger ?? 'none',
      'Idempotency-Key': call.key ?? randomUUID(),
    };
    const response = await this.#send(method, target, { headers, body: call.body });
    if (response.status !== 202) {
      throw await Refused.by(response);
    }
    return ((await response.json()) as { id: string }).id;
  }

  /** Waits until the operation has ended, and returns its state. */
  async wait(id: string, seconds = 86_400, onChange: (state: State) => void = () => {}): Promise<State> {
    const until = performance.now() + seconds * 1000;
    let etag: string | null = null;
    for (;;) {
      const begin = performance.now();
      const left = (until - begin) / 1000;
      const held = Math.max(0, Math.min(HELD_SECONDS, Math.floor(left)));
      const response = await this.#send('GET', `/v1/background/${encodeURIComponent(id)}?wait=${held}`, {
        headers: etag === null ? {} : { 'If-None-Match': etag },
        seconds: left,
        requestSeconds: held + REQUEST_SECONDS,
      });
      if (response.status === 200) {
        etag = response.headers.get('ETag');
        const state = (await response.json()) as State;
        onChange(state);
        if (state.status !== 'Started') {
          return state;
        }
      } else if (response.status !== 304) {
        throw await Refused.by(response);
      }
      // A server that does not hold requests that long says when to ask again.
      const early = performance.now() - begin < held * 500;
      const pause = early ? 1000 * (retryAfter(response) ?? 1) : 0;
      if (performance.now() + pause >= until) {
        throw new NotEnded(`operation ${id} has not ended within ${seconds} s`);
      }
      await sleep(pause);
    }
  }

  /** The API's response as it was stored; read its body, or pass it on as a stream. */
  async content(id: string): Promise<Response> {
    const response = await this.#send('GET', `/v1/background/${encodeURIComponent(id)}/content`);
    if (response.status !== 200) {
      throw await Refused.by(response);
    }
    return response;
  }

  /** Waits until the operation has ended, and returns the API's response, of any status. */
  async response(id: string, seconds = 86_400): Promise<{ state: State; body: Response }> {
    const state = await this.wait(id, seconds);
    if (state.status === 'Failed') {
      throw new NoResponse(state);
    }
    return { state, body: state.hasResponseContent ? await this.content(id) : new Response() };
  }

  /** The states of the caller's operations, newest first; pages are read as needed. */
  async *list(filters: Record<string, string> = {}): AsyncGenerator<State> {
    const query = new URLSearchParams(filters);
    for (;;) {
      const response = await this.#send('GET', `/v1/background?${query}`);
      if (response.status !== 200) {
        throw await Refused.by(response);
      }
      const page = (await response.json()) as { items: State[]; nextCursor: string | null };
      yield* page.items;
      if (page.nextCursor === null) {
        return;
      }
      query.set('cursor', page.nextCursor);
    }
  }

  /** Cancels the operation. False: it had ended before. */
  async cancel(id: string): Promise<boolean> {
    const response = await this.#send('DELETE', `/v1/background/${encodeURIComponent(id)}`);
    if (![202, 204, 409].includes(response.status)) {
      throw await Refused.by(response);
    }
    await response.body?.cancel();
    return response.status !== 409;
  }

  // Repeats a request while the server is away or overloaded. Only for requests that may be repeated: reads, cancels,
  // and calls with an Idempotency-Key.
  async #send(method: string, target: string, request: Request = {}): Promise<Response> {
    const until = performance.now() + 1000 * (request.seconds ?? 600);
    let longest = 500;
    let renewed = false;
    for (;;) {
      let response: Response | undefined;
      let failure: unknown;
      try {
        const token = await this.#tokens?.token();
        response = await fetch(this.#base + target, {
          method,
          headers: { ...request.headers, ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }) },
          body: request.body ?? null,
          redirect: 'manual', // A redirect would take the token to another host.
          signal: AbortSignal.timeout(1000 * (request.requestSeconds ?? REQUEST_SECONDS)),
        });
        if (response.status === 401 && token !== undefined && !renewed) {
          renewed = true;
          await response.body?.cancel();
          await this.#tokens?.refused(token);
          continue;
        }
      } catch (lost) {
        if (lost instanceof Refused) {
          throw lost;
        }
        failure = lost;
      }
      if (response !== undefined && !TRY_LATER.includes(response.status)) {
        return response;
      }
      const asked = response === undefined ? undefined : retryAfter(response);
      const pause = asked === undefined ? Math.random() * longest : 1000 * asked;
      longest = Math.min(2 * longest, 1000 * PAUSE_SECONDS_MAX);
      if (performance.now() + pause >= until) {
        throw response === undefined ? failure : await Refused.by(response);
      }
      await response?.body?.cancel();
      await sleep(pause);
    }
  }
}

// The seconds of Retry-After, at most a day; undefined if it has none.
function retryAfter(response: Response): number | undefined {
  const asked = response.headers.get('Retry-After') ?? '';
  return /^\d+(\.\d*)?$/.test(asked) ? Math.min(Number(asked), RETRY_AFTER_SECONDS_MAX) : undefined;
}

/**
 * The notification in `body`, the bytes as received; undefined if it is not genuine and recent. During a rotation,
 * `secrets` are the new and the old one.
 */
export function verify(secrets: string[], headers: IncomingHttpHeaders, body: Buffer): Notification | undefined {
  const id = String(headers['webhook-id']);
  const time = String(headers['webhook-timestamp']);
  if (!(Math.abs(Date.now() / 1000 - Number(time)) <= TOLERANCE_SECONDS)) {
    return undefined;
  }
  const given = String(headers['webhook-signature']).split(' ').map((each) => Buffer.from(each));
  for (const secret of secrets) {
    const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const mac = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest('base64');
    const wanted = Buffer.from(`v1,${mac}`);
    if (key.length > 0 && given.some((each) => each.length === wanted.length && timingSafeEqual(each, wanted))) {
      return JSON.parse(body.toString()) as Notification;
    }
  }
  return undefined;
}
