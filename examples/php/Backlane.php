<?php

// Calls an API in the background, and verifies notifications. Copy this file into your program; it needs PHP 8.1 or
// newer with the extension curl.

declare(strict_types=1);

namespace Backlane;

/** A request was refused; the message is that of the problem document (RFC 9457). */
final class Refused extends \RuntimeException
{
    /** @var array<string, mixed> the problem document, or empty */
    public readonly array $problem;

    public function __construct(public readonly Response $response)
    {
        $document = json_decode($response->body, true);
        $this->problem = is_array($document) ? $document : [];
        $detail = $this->problem['detail'] ?? substr($response->body, 0, 500);
        parent::__construct("refused with {$response->status}: $detail", $response->status);
    }
}

/** No response was received. */
final class Lost extends \RuntimeException
{
}

/** The operation ended without a response of the API: it failed or was canceled. */
class NoResponse extends \RuntimeException
{
    /** @param array<string, mixed> $state */
    final public function __construct(public readonly array $state)
    {
        parent::__construct("operation {$state['id']}: {$state['errorMessage']}");
    }
}

/** The API may have executed the call. Check there before you send it again. */
final class OutcomeUnknown extends NoResponse
{
}

/** The operation has not ended in time. It continues: wait for it again later. */
final class NotEnded extends \RuntimeException
{
}

final class Response
{
    /** @param array<string, string> $headers names in lower case */
    public function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }

    public static function of(string $method, string $url, array $headers, ?string $body, int $seconds): self
    {
        $fields = [];
        $curl = curl_init($url);
        $lines = array_map(fn ($name) => "$name: {$headers[$name]}", array_keys($headers));
        curl_setopt_array($curl, [
            CURLOPT_CUSTOMREQUEST => $method,
            CURLOPT_HTTPHEADER => [...$lines, 'Expect:'],
            CURLOPT_RETURNTRANSFER => true,
            CURLOPT_CONNECTTIMEOUT => 10,
            CURLOPT_TIMEOUT => $seconds,
            CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$fields): int {
                [$name, $value] = explode(':', $line, 2) + [1 => ''];
                $fields[strtolower($name)] = trim($value);
                return strlen($line);
            },
        ] + ($body === null ? [] : [CURLOPT_POSTFIELDS => $body]));
        $received = curl_exec($curl);
        if ($received === false) {
            throw new Lost(curl_error($curl));
        }
        return new self(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $fields, $received);
    }
}

/** Access tokens of the OAuth 2.0 client credentials grant, renewed before they expire. */
final class ClientCredentials
{
    private ?string $token = null;
    private float $renewAt = 0.0;

    /** @param array<string, string> $parameters such as `tenant_id` and `scope` */
    public function __construct(
        private readonly string $url,
        private readonly string $id,
        private readonly string $secret,
        private readonly array $parameters = [],
    ) {
    }

    public function token(): string
    {
        $now = hrtime(true) / 1e9;
        if ($this->token === null || $now >= $this->renewAt) {
            $basic = base64_encode(urlencode($this->id) . ':' . urlencode($this->secret));
            $form = http_build_query(['grant_type' => 'client_credentials'] + $this->parameters);
            $response = Response::of('POST', $this->url, ['Authorization' => "Basic $basic"], $form, 60);
            if ($response->status !== 200) {
                throw new Refused($response);
            }
            $document = json_decode($response->body, true, flags: JSON_THROW_ON_ERROR);
            $this->token = $document['access_token'];
            $this->renewAt = $now + 0.8 * ($document['expires_in'] ?? 300);
        }
        return $this->token;
    }

    /** The server has refused the token: the next one will be another. */
    public function discard(): void
    {
        $this->token = null;
    }
}

/** A client of an API behind Backlane. */
final class Backlane
{
    private const HELD_SECONDS = 30; // how long the server holds a request for the state
    private const REQUEST_SECONDS = 60;
    private const PAUSE_SECONDS_MAX = 30;
    private const RETRY_AFTER_SECONDS_MAX = 86_400;
    private const TRY_LATER = [429, 502, 503, 504];

    private readonly string $base;

    public function __construct(string $base, private readonly ?ClientCredentials $tokens = null)
    {
        $this->base = rtrim($base, '/');
    }

    /**
     * Submits a call, and returns the id of its operation.
     *
     * @param ?string $key names the job, such as `invoice-1002-release`: the same key returns the same operation for as
     *     long as that is kept, also after a crash of this program
     * @param array<string, string> $headers
     */
    public function submit(
        string $method,
        string $target,
        ?string $body = null,
        ?string $key = null,
        string $trigger = 'none',
        array $headers = [],
    ): string {
        $headers += $body === null ? [] : ['Content-Type' => 'application/json'];
        $headers['erp-api-background'] = $trigger;
        $headers['Idempotency-Key'] = $key ?? bin2hex(random_bytes(16));
        return $this->json($this->send($method, $target, $headers, $body), 202)['id'];
    }

    /**
     * Waits until the operation has ended, and returns its state.
     *
     * @return array<string, mixed>
     */
    public function wait(string $id, float $seconds = 86_400): array
    {
        $until = self::now() + $seconds;
        $etag = null;
        while (true) {
            $begin = self::now();
            $held = (int) max(0, min(self::HELD_SECONDS, $until - $begin));
            $response = $this->send(
                'GET',
                '/v1/background/' . rawurlencode($id) . "?wait=$held",
                $etag === null ? [] : ['If-None-Match' => $etag],
                seconds: $until - $begin,
                requestSeconds: $held + self::REQUEST_SECONDS,
            );
            if ($response->status !== 304) {
                $state = $this->json($response, 200);
                $etag = $response->headers['etag'];
                if ($state['status'] !== 'Started') {
                    return $state;
                }
            }
            // A server that does not hold requests that long says when to ask again.
            $early = self::now() - $begin < $held / 2;
            $pause = $early ? self::retryAfter($response) ?? 1.0 : 0.0;
            if (self::now() + $pause >= $until) {
                throw new NotEnded("operation $id has not ended within $seconds s");
            }
            usleep((int) (1e6 * $pause));
        }
    }

    /** The body of the API's response, byte for byte. */
    public function content(string $id): string
    {
        $response = $this->send('GET', '/v1/background/' . rawurlencode($id) . '/content');
        return $response->status === 200 ? $response->body : throw new Refused($response);
    }

    /** Waits until the operation has ended, and returns the API's response, of any status. */
    public function response(string $id, float $seconds = 86_400): Response
    {
        $state = $this->wait($id, $seconds);
        if ($state['status'] === 'Finished') {
            $body = $state['hasResponseContent'] ? $this->content($id) : '';
            return new Response($state['statusCode'], array_change_key_case($state['responseHeaders']), $body);
        }
        throw $state['errorCode'] === 'outcome-unknown' ? new OutcomeUnknown($state) : new NoResponse($state);
    }

    /**
     * The states of the caller's operations, newest first; pages are read as needed.
     *
     * @param array<string, string|int> $filters
     * @return \Generator<array<string, mixed>>
     */
    public function list(array $filters = []): \Generator
    {
        do {
            $page = $this->json($this->send('GET', '/v1/background?' . http_build_query($filters)), 200);
            foreach ($page['items'] as $state) {
                yield $state;
            }
            $filters['cursor'] = $page['nextCursor'];
        } while ($page['nextCursor'] !== null);
    }

    /** Cancels the operation. False: it had ended before. */
    public function cancel(string $id): bool
    {
        $response = $this->send('DELETE', '/v1/background/' . rawurlencode($id));
        return match ($response->status) {
            202, 204 => true,
            409 => false,
            default => throw new Refused($response),
        };
    }

    /** @return array<string, mixed> */
    private function json(Response $response, int $expected): array
    {
        if ($response->status !== $expected) {
            throw new Refused($response);
        }
        return json_decode($response->body, true, flags: JSON_THROW_ON_ERROR);
    }

    // Repeats a request while the server is away or overloaded. Only for requests that may be repeated: reads, cancels,
    // and calls with an Idempotency-Key.
    private function send(
        string $method,
        string $target,
        array $headers = [],
        ?string $body = null,
        float $seconds = 600,
        int $requestSeconds = self::REQUEST_SECONDS,
    ): Response {
        $until = self::now() + $seconds;
        $longest = 0.5;
        $renewed = false;
        while (true) {
            $response = null;
            $lost = null;
            try {
                if ($this->tokens !== null) {
                    $headers['Authorization'] = 'Bearer ' . $this->tokens->token();
                }
                $response = Response::of($method, $this->base . $target, $headers, $body, $requestSeconds);
            } catch (Lost $failure) {
                $lost = $failure;
            }
            if ($response?->status === 401 && $this->tokens !== null && !$renewed) {
                $this->tokens->discard();
                $renewed = true;
                continue;
            }
            if ($response !== null && !in_array($response->status, self::TRY_LATER, true)) {
                return $response;
            }
            $pause = self::retryAfter($response) ?? $longest * lcg_value();
            $longest = min(2 * $longest, self::PAUSE_SECONDS_MAX);
            if (self::now() + $pause >= $until) {
                throw $lost ?? new Refused($response);
            }
            usleep((int) (1e6 * $pause));
        }
    }

    /** The seconds of Retry-After, at most a day; null if there are none. */
    private static function retryAfter(?Response $response): ?float
    {
        $asked = $response?->headers['retry-after'] ?? '';
        return preg_match('/^\d+(\.\d*)?$/', $asked) ? min((float) $asked, self::RETRY_AFTER_SECONDS_MAX) : null;
    }

    private static function now(): float
    {
        return hrtime(true) / 1e9;
    }
}

const TOLERANCE_SECONDS = 300;

/**
 * The notification in `$body`, the bytes as received; null if it is not genuine and recent.
 *
 * @param list<string> $secrets during a rotation, the new and the old one
 * @return ?array<string, mixed>
 */
function verify(array $secrets, string $id, string $time, string $signatures, string $body): ?array
{
    if (!preg_match('/^\d{1,12}$/', $time) || abs(time() - (int) $time) > TOLERANCE_SECONDS) {
        return null;
    }
    foreach ($secrets as $secret) {
        $key = base64_decode(preg_replace('/^whsec_/', '', $secret), true);
        if ($key === false || $key === '') {
            continue;
        }
        $wanted = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.$body", $key, true));
        foreach (explode(' ', $signatures) as $given) {
            if (hash_equals($wanted, $given)) {
                return json_decode($body, true, flags: JSON_THROW_ON_ERROR);
            }
        }
    }
    return null;
}
