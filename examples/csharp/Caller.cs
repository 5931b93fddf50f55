// Makes a background call and prints the API's response. Arguments: KEY METHOD PATH [BODY].
//
// KEY names the job: after a crash, the same command continues with the same operation.
// Variables: API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT.
// Exit codes: 0, 4 or 5 by the class of the API's status; 1 no response; 3 the outcome is unknown.

using Backlane;

static string Variable(string name) =>
    Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"set the variable {name}");

using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
{
    BaseAddress = new(Variable("API_URL")),
    Timeout = TimeSpan.FromSeconds(90),
};
var tokens = new ClientCredentials(
    http,
    new(Variable("TOKEN_URL")),
    Variable("CLIENT_ID"),
    Variable("CLIENT_SECRET"),
    [new("tenant_id", Variable("TENANT"))]);
var api = new BacklaneClient(http, tokens);
try
{
    var id = await api.SubmitAsync(new(args[1]), args[2], args.ElementAtOrDefault(3), key: args[0]);
    Console.Error.WriteLine($"accepted: {id}");
    var response = await api.ResponseAsync(id);
    Console.Error.WriteLine($"status: {response.Status}");
    using var output = Console.OpenStandardOutput();
    output.Write(response.Body);
    return response.Status >= 400 ? response.Status / 100 : 0;
}
catch (NoResponseException unknown) when (unknown.OutcomeUnknown)
{
    Console.Error.WriteLine($"{unknown.Message} Check at the API before you send it again.");
    return 3;
}
catch (Exception failed) when (failed is NoResponseException or RefusedException)
{
    Console.Error.WriteLine(failed.Message);
    return 1;
}
