// Receives notifications, verifies them, and prints each of them once (ASP.NET Core).
// The variable WEBHOOK_SECRETS has the secrets, separated by commas.

using System.Collections.Concurrent;
using System.Text;
using Backlane;

const int BodyBytesMax = 64 * 1024;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.ConfigureKestrel(server => server.Limits.MaxRequestBodySize = BodyBytesMax);
var app = builder.Build();
var secrets = Environment.GetEnvironmentVariable("WEBHOOK_SECRETS")!.Split(',');

// In production: a table with a unique key, written in the same transaction as the work.
var processed = new ConcurrentDictionary<string, bool>();

app.MapPost("/hooks/backlane", async (HttpRequest request) =>
{
    using var received = new MemoryStream();
    await request.Body.CopyToAsync(received);
    var body = received.ToArray(); // the raw bytes, which are signed
    var notification = BacklaneClient.Verify(
        secrets,
        request.Headers["webhook-id"].ToString(),
        request.Headers["webhook-timestamp"].ToString(),
        request.Headers["webhook-signature"].ToString(),
        body);
    if (notification is null)
    {
        return Results.BadRequest();
    }
    if (processed.TryAdd(notification.Id, true)) // A notification can arrive twice.
    {
        Console.WriteLine(Encoding.UTF8.GetString(body));
    }
    return Results.NoContent();
});
app.Run();
