<?php

// Makes a background call and prints the API's response: php caller.php KEY METHOD PATH [BODY]
//
// KEY names the job: after a crash, the same command continues with the same operation.
// Variables: API_URL, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, TENANT.
// Exit codes: 0, 4 or 5 by the class of the API's status; 1 no response; 3 the outcome is unknown.

declare(strict_types=1);

require __DIR__ . '/Backlane.php';

use Backlane\Backlane;
use Backlane\ClientCredentials;
use Backlane\NoResponse;
use Backlane\OutcomeUnknown;
use Backlane\Refused;

[, $key, $method, $path] = $argv;
$tokens = new ClientCredentials(
    getenv('TOKEN_URL'),
    getenv('CLIENT_ID'),
    getenv('CLIENT_SECRET'),
    ['tenant_id' => getenv('TENANT')],
);
$api = new Backlane(getenv('API_URL'), $tokens);
try {
    $id = $api->submit($method, $path, $argv[4] ?? null, key: $key);
    fwrite(STDERR, "accepted: $id\n");
    $response = $api->response($id);
} catch (OutcomeUnknown $unknown) {
    fwrite(STDERR, "{$unknown->getMessage()} Check at the API before you send it again.\n");
    exit(3);
} catch (NoResponse | Refused $failed) {
    fwrite(STDERR, "{$failed->getMessage()}\n");
    exit(1);
}
fwrite(STDERR, "status: {$response->status}\n");
echo $response->body;
exit($response->status >= 400 ? intdiv($response->status, 100) : 0);
