<?php

// The generated client against a running gateway. Prints one line per observation; exits with 1 at the
// first that is missing.

declare(strict_types=1);

use GuzzleHttp\Client;
use OpenAPI\Client\Api\BackgroundApi;
use OpenAPI\Client\ApiException;
use OpenAPI\Client\Configuration;
use OpenAPI\Client\Model\BackgroundApiAcceptedDto;
use OpenAPI\Client\Model\BackgroundRequestStateDto;
use OpenAPI\Client\Model\Problem;
use OpenAPI\Client\ObjectSerializer;

const POLLS_MAX = 300;
const POLL_MICROSECONDS = 50_000;

error_reporting(E_ALL);
set_error_handler(function (int $level, string $message, string $file, int $line): bool {
    if ($level === E_DEPRECATED || $level === E_USER_DEPRECATED) {
        return true;
    }
    throw new ErrorException($message, 0, $level, $file, $line);
});

[, $library, $folder, $token, $foreignToken] = $argv;

require 'GuzzleHttp/autoload.php';
spl_autoload_register(function (string $class) use ($library): void {
    $prefix = 'OpenAPI\\Client\\';
    if (str_starts_with($class, $prefix)) {
        require $library . '/' . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
    }
});

function show(string $name, string|int ...$values): void
{
    echo $name, ': ', implode(' ', $values), "\n";
}

function time_of(?DateTime $time): string
{
    return $time === null ? 'null' : $time->format('Y-m-d\TH:i:s.up');
}

function show_state(BackgroundRequestStateDto $state): void
{
    show('state', $state->getStatus(), $state->getStatusCode(), $state->getPhase(), $state->getId());
    show('receivedUtc', time_of($state->getReceivedUtc()));
    show('startedUtc', time_of($state->getStartedUtc()));
    show('finishedUtc', time_of($state->getFinishedUtc()));
}

function refused(string $name, callable $call): void
{
    try {
        $call();
    } catch (ApiException $refusal) {
        $problem = $refusal->getResponseObject();
        show($name, 'ApiException', $refusal->getCode(), $problem instanceof Problem ? $problem->getType() : 'no problem');
        return;
    }
    throw new LogicException("$name: answered without an ApiException");
}

function await(BackgroundApi $api, string $id, callable $enough): BackgroundRequestStateDto
{
    for ($poll = 0; $poll < POLLS_MAX; $poll++) {
        $state = $api->backgroundGetBackgroundApiOperationByrequestId($id);
        if ($enough($state)) {
            return $state;
        }
        usleep(POLL_MICROSECONDS);
    }
    throw new LogicException("after $poll polls the state is still $state");
}

$config = Configuration::getDefaultConfiguration()->setAccessToken($token)->setTempFolderPath($folder);
$http = new Client(['base_uri' => $config->getHost(), 'headers' => ['Authorization' => "Bearer $token"]]);
$api = new BackgroundApi(new Client(), $config);
show('host', $config->getHost());

$response = $http->post('/reports', ['headers' => ['erp-api-background' => 'none'], 'body' => '{"year":2026}']);
/** @var BackgroundApiAcceptedDto $accepted */
$accepted = ObjectSerializer::deserialize((string) $response->getBody(), BackgroundApiAcceptedDto::class);
$id = $accepted->getId();
show('accepted', $response->getStatusCode(), $id, $accepted->getStateLocation(), $response->getHeaderLine('Location'));

show_state(await($api, $id, fn ($state) => $state->getStartedUtc() !== null));
refused('content before the end', fn () => $api->backgroundGetBackgroundApiOperationContentByrequestId($id));

$http->post('/release');
$state = await($api, $id, fn ($state) => $state->getStatus() !== BackgroundRequestStateDto::STATUS_STARTED);
show_state($state);
show('time zone', $state->getFinishedUtc()->getTimezone()->getName(), $state->getFinishedUtc()->getOffset());
show('originalUri', $state->getOriginalUri());
show('response header', $state->getResponseHeaders()['Content-Type']);

$content = $api->backgroundGetBackgroundApiOperationContentByrequestId($id);
$bytes = file_get_contents($content->getPathname());
show('content', get_class($content), strlen($bytes), hash('sha256', $bytes));
$part = $api->backgroundGetBackgroundApiOperationContentByrequestId($id, 'bytes=10-13');
show('part', bin2hex(file_get_contents($part->getPathname())));

$page = $api->backgroundListBackgroundApiOperations(BackgroundRequestStateDto::STATUS_FINISHED);
show('listed', count($page->getItems()), get_class($page->getItems()[0]), $page->getItems()[0]->getId());

refused('cancel after the end', fn () => $api->backgroundCancelBackgroundApiOperationByrequestId($id));
refused('unknown id', fn () => $api->backgroundGetBackgroundApiOperationByrequestId('00000000-0000-4000-8000-000000000000'));
$config->setAccessToken($foreignToken);
refused('token of another company', fn () => $api->backgroundGetBackgroundApiOperationByrequestId($id));
refused('content for another company', fn () => $api->backgroundGetBackgroundApiOperationContentByrequestId($id));
$config->setAccessToken('not-a-token');
refused('bad token', fn () => $api->backgroundGetBackgroundApiOperationByrequestId($id));
