// Calls an API in the background, and verifies notifications. Copy this file into your program; it needs .NET 8 or newer
// and no package.

using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Backlane;

/// <summary>The state of an operation; some of its members.</summary>
public sealed record State(
    string Id,
    string Status,
    int StatusCode,
    string? ErrorMessage,
    string? ErrorCode,
    string? Reference,
    string Phase,
    bool HasResponseContent,
    Dictionary<string, string> ResponseHeaders)
{
    public bool Ended => Status != "Started";
}

/// <summary>The notification that an operation has ended.</summary>
public sealed record Notification(
    string Id, string? Reference, string Status, int StatusCode, string StateLocation, string ContentLocation);

/// <summary>The API's response.</summary>
public sealed record ApiResponse(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body);

/// <summary>A request was refused; the message is that of the problem document (RFC 9457).</summary>
public sealed class RefusedException(HttpStatusCode status, string document)
    : Exception($"refused with {(int)status}: {document}")
{
    public HttpStatusCode Status => status;
}

/// <summary>The operation ended without a response of the API: it failed or was canceled.</summary>
public sealed class NoResponseException(State state) : Exception($"operation {state.Id}: {state.ErrorMessage}")
{
    public State State => state;

    /// <summary>The API may have executed the call. Check there before you send it again.</summary>
    public bool OutcomeUnknown => state.ErrorCode == "outcome-unknown";
}

/// <summary>Access tokens of the OAuth 2.0 client credentials grant, renewed before they expire.</summary>
public sealed class ClientCredentials(
    HttpClient http, Uri url, string id, string secret, IEnumerable<KeyValuePair<string, string>> parameters)
{
    private readonly SemaphoreSlim gate = new(1);
    private string? current;
    private long renewAt;

    public async Task<string> TokenAsync(CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            if (current is null || Environment.TickCount64 >= renewAt)
            {
                await RequestAsync(cancellation);
            }
            return current!;
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>The server has refused the token: the next one will be another.</summary>
    public void Discard(string token) => Interlocked.CompareExchange(ref current, null, token);

    private async Task RequestAsync(CancellationToken cancellation)
    {
        var begin = Environment.TickCount64;
        var pair = $"{Uri.EscapeDataString(id)}:{Uri.EscapeDataString(secret)}";
        using var request = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = new FormUrlEncodedContent(parameters.Append(new("grant_type", "client_credentials"))),
        };
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        if (!response.IsSuccessStatusCode)
        {
            throw new RefusedException(response.StatusCode, text);
        }
        using var document = JsonDocument.Parse(text);
        var seconds = document.RootElement.TryGetProperty("expires_in", out var life) ? life.GetDouble() : 300;
        renewAt = begin + (long)(800 * seconds);
        current = document.RootElement.GetProperty("access_token").GetString()!;
    }
}

/// <summary>A client of an API behind Backlane. Thread-safe.</summary>
/// <param name="http">
/// With the base address of the API and AllowAutoRedirect = false: a redirect would take the token to another host.
/// </param>
public sealed class BacklaneClient(HttpClient http, ClientCredentials? tokens = null)
{
    private const int HeldSeconds = 30; // how long the server holds a request for the state
    private static readonly TimeSpan ToleranceOfClocks = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RetryAfterMax = TimeSpan.FromDays(1);
    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <summary>Submits a call, and returns the id of its operation.</summary>
    /// <param name="key">
    /// Names the job, such as "invoice-1002-release": the same key returns the same operation, also after a crash.
    /// </param>
    public async Task<string> SubmitAsync(
        HttpMethod method, string target, string? json, string key, string trigger = "none",
        CancellationToken cancellation = default)
    {
        using var response = await SendAsync(
            () =>
            {
                var request = new HttpRequestMessage(method, target);
                request.Headers.Add("erp-api-background", trigger);
                request.Headers.Add("Idempotency-Key", key);
                if (json is not null)
                {
                    request.Content = new StringContent(json, Encoding.UTF8, "application/json");
                }
                return request;
            },
            cancellation);
        using var document = await ReadAsync<JsonDocument>(response, HttpStatusCode.Accepted, cancellation);
        return document.RootElement.GetProperty("id").GetString()!;
    }

    /// <summary>Waits until the operation has ended. Cancel to stop waiting; the operation continues.</summary>
    public async Task<State> WaitAsync(string id, CancellationToken cancellation = default)
    {
        EntityTagHeaderValue? tag = null;
        while (true)
        {
            var begin = Environment.TickCount64;
            using var response = await SendAsync(
                () =>
                {
                    var request = new HttpRequestMessage(
                        HttpMethod.Get, $"/v1/background/{Uri.EscapeDataString(id)}?wait={HeldSeconds}");
                    if (tag is not null)
                    {
                        request.Headers.IfNoneMatch.Add(tag);
                    }
                    return request;
                },
                cancellation);
            if (response.StatusCode != HttpStatusCode.NotModified)
            {
                var state = await ReadAsync<State>(response, HttpStatusCode.OK, cancellation);
                if (state.Ended)
                {
                    return state;
                }
                tag = response.Headers.ETag;
            }
            // A server that does not hold requests that long says when to ask again.
            if (Environment.TickCount64 - begin < 500 * HeldSeconds)
            {
                await Task.Delay(RetryAfter(response) ?? TimeSpan.FromSeconds(1), cancellation);
            }
        }
    }

    /// <summary>Waits until the operation has ended, and returns the API's response, of any status.</summary>
    public async Task<ApiResponse> ResponseAsync(string id, CancellationToken cancellation = default)
    {
        var state = await WaitAsync(id, cancellation);
        if (state.Status != "Finished")
        {
            throw new NoResponseException(state);
        }
        var body = state.HasResponseContent ? await ContentAsync(id, cancellation) : Array.Empty<byte>();
        return new(state.StatusCode, state.ResponseHeaders, body);
    }

    /// <summary>The body of the API's response, byte for byte.</summary>
    public async Task<byte[]> ContentAsync(string id, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(
            () => new(HttpMethod.Get, $"/v1/background/{Uri.EscapeDataString(id)}/content"), cancellation);
        await RequireAsync(response, HttpStatusCode.OK, cancellation);
        return await response.Content.ReadAsByteArrayAsync(cancellation);
    }

    /// <summary>Cancels the operation. False: it had ended before.</summary>
    public async Task<bool> CancelAsync(string id, CancellationToken cancellation = default)
    {
        using var response = await SendAsync(
            () => new(HttpMethod.Delete, $"/v1/background/{Uri.EscapeDataString(id)}"), cancellation);
        if (response.StatusCode == HttpStatusCode.Conflict)
        {
            return false;
        }
        if (!response.IsSuccessStatusCode)
        {
            await RequireAsync(response, HttpStatusCode.NoContent, cancellation);
        }
        return true;
    }

    /// <summary>
    /// The notification in the body, the bytes as received; null if it is not genuine and recent. During a rotation,
    /// the secrets are the new and the old one.
    /// </summary>
    public static Notification? Verify(
        IEnumerable<string> secrets, string id, string time, string signatures, byte[] body)
    {
        if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || Math.Abs(DateTimeOffset.UtcNow.ToUnixTimeSeconds() - seconds) > ToleranceOfClocks.TotalSeconds)
        {
            return null;
        }
        byte[] content = [.. Encoding.UTF8.GetBytes($"{id}.{time}."), .. body];
        foreach (var secret in secrets)
        {
            var key = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret["whsec_".Length..] : secret);
            var wanted = Encoding.ASCII.GetBytes("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content)));
            if (key.Length > 0 && signatures.Split(' ').Any(
                given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), wanted)))
            {
                return JsonSerializer.Deserialize<Notification>(body, Web);
            }
        }
        return null;
    }

    // Repeats a request while the server is away or overloaded, until it is canceled. Only for requests that may be
    // repeated: reads, cancels, and calls with an Idempotency-Key.
    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> create, CancellationToken cancellation)
    {
        var longest = TimeSpan.FromSeconds(0.5);
        var renewed = false;
        while (true)
        {
            TimeSpan? asked = null;
            try
            {
                using var request = create();
                var token = tokens is null ? null : await tokens.TokenAsync(cancellation);
                if (token is not null)
                {
                    request.Headers.Authorization = new("Bearer", token);
                }
                var response = await http.SendAsync(request, cancellation);
                if (response.StatusCode == HttpStatusCode.Unauthorized && token is not null && !renewed)
                {
                    response.Dispose();
                    tokens!.Discard(token);
                    renewed = true;
                    continue;
                }
                if ((int)response.StatusCode is not (429 or 502 or 503 or 504))
                {
                    return response;
                }
                asked = RetryAfter(response);
                response.Dispose();
            }
            catch (HttpRequestException)
            {
                // The server is away; the request is sent again.
            }
            catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
            {
                // HttpClient.Timeout is over; the request is sent again.
            }
            await Task.Delay(asked ?? longest * Random.Shared.NextDouble(), cancellation);
            longest = longest * 2 < LongestPause ? longest * 2 : LongestPause;
        }
    }

    // The seconds of Retry-After, at most a day; null if there are none. The typed property is null for large numbers.
    private static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var asked = response.Headers.TryGetValues("Retry-After", out var values) ? values.First() : "";
        return double.TryParse(asked, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(Math.Min(seconds, RetryAfterMax.TotalSeconds))
            : null;
    }

    private static async Task<T> ReadAsync<T>(
        HttpResponseMessage response, HttpStatusCode expected, CancellationToken cancellation)
    {
        await RequireAsync(response, expected, cancellation);
        return (await response.Content.ReadFromJsonAsync<T>(cancellation))!;
    }

    private static async Task RequireAsync(
        HttpResponseMessage response, HttpStatusCode expected, CancellationToken cancellation)
    {
        if (response.StatusCode != expected)
        {
            throw new RefusedException(
                response.StatusCode, await response.Content.ReadAsStringAsync(cancellation));
        }
    }
}
