<?php

// Receives notifications, verifies them, and appends each of them once to a file. To try it:
//
//   WEBHOOK_SECRETS=whsec_... NOTIFICATIONS=/var/lib/robot php -S 127.0.0.1:9100 receiver.php
//
// NOTIFICATIONS is a folder outside the web server's root.

declare(strict_types=1);

require __DIR__ . '/Backlane.php';

const BODY_BYTES_MAX = 64 * 1024;

$body = file_get_contents('php://input', length: BODY_BYTES_MAX + 1); // the raw bytes, which are signed
$notification = strlen($body) > BODY_BYTES_MAX ? null : Backlane\verify(
    explode(',', getenv('WEBHOOK_SECRETS')),
    $_SERVER['HTTP_WEBHOOK_ID'] ?? '',
    $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '',
    $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '',
    $body,
);
if ($_SERVER['REQUEST_METHOD'] !== 'POST' || $notification === null) {
    http_response_code(400);
    exit;
}
// A notification can arrive twice: only one request can create the file of its id. In production: a table with a unique
// key, written in the same transaction as the work.
$file = @fopen(getenv('NOTIFICATIONS') . '/' . basename($notification['id']) . '.json', 'x');
if ($file !== false) {
    fwrite($file, $body);
    fclose($file);
}
http_response_code(204);
