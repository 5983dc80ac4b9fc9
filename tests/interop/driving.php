<?php

/* What the drivers of the official PHP libraries share: loading their classes, comparing, running steps. */

declare(strict_types=1);

namespace GetKeyManager\SDK\Http {
    /** Stands in for the waiting of the SDK's HTTP client, which asks its own namespace first. */
    function usleep(int $microseconds): void
    {
        $GLOBALS['waited'][] = $microseconds;
    }
}

namespace {
    $waited = [];

    /** Loads classes of $namespace from $folder when they are asked for. */
    function classes(string $namespace, string $folder): void
    {
        spl_autoload_register(static function (string $class) use ($namespace, $folder): void {
            $file = $folder . '/' . strtr(substr($class, strlen($namespace)), '\\', '/') . '.php';
            if (str_starts_with($class, $namespace) && is_file($file)) {
                require $file;
            }
        });
    }

    /** Makes every warning an error, except what the libraries are known to cause. */
    function strictly(): void
    {
        // 2048 bits are fewer than they recommend; the sync sets properties that its own class does not declare.
        error_reporting(E_ALL & ~E_USER_WARNING & ~E_DEPRECATED);
        set_error_handler(static fn ($level, $text) => (error_reporting() & $level) ? throw new ErrorException($text) : true);
        putenv('no_proxy=*');
    }

    function same(mixed $found, mixed $expected): void
    {
        if ($found !== $expected) {
            throw new Exception('found ' . json_encode($found) . ' instead of ' . json_encode($expected));
        }
    }

    /** The exception that $run ends with. */
    function raised(string $class, callable $run): Throwable
    {
        try {
            $run();
        } catch (Throwable $error) {
            return $error instanceof $class ? $error : throw $error;
        }
        throw new Exception("no $class was thrown");
    }

    /** An answer, once it has this code, says so everywhere and is signed. */
    function answered(array $answer, int $code, bool $success): array
    {
        same([$answer['code'], $answer['response']['code'], $answer['success']], [$code, $code, $success]);
        same([is_string($answer['message']), empty($answer['signature'])], [true, false]);

        return $answer;
    }

    function good(array $answer, int $code): array
    {
        return answered($answer, $code, true);
    }

    function bad(array $answer, int $code): array
    {
        return answered($answer, $code, false);
    }

    /** What the resolved state of the usable license tells, on the device hw-1. */
    function active(object $state): void
    {
        same([$state->getState(), $state->isValid(), $state->isExpired()], ['ACTIVE', true, false]);
        same([$state->allows('export'), $state->allows('access'), $state->getFeatureValue('seats')], [true, true, 5]);
        same([$state->canUpdate(), $state->canDownload(), $state->canSendTelemetry()], [true, true, true]);
        same([$state->verifyContext('hw-1'), $state->verifyContext('hw-2')], [true, false]);
    }

    /** The offline license $text counts on its own device only, and once altered on none. */
    function offline(object $sdk, string $text): void
    {
        foreach ([$text, json_decode($text, true)] as $given) {
            $found = $sdk->validateOfflineLicense($given, ['hardwareId' => 'hw-1']);
            same([$found['valid'], $found['errors']], [true, []]);
        }
        same($sdk->validateOfflineLicense($text, ['hardwareId' => 'hw-2'])['errors'], ['Hardware ID mismatch']);
        $altered = json_decode($text, true);
        $altered['license']['features']['seats'] = 500;
        same($sdk->validateOfflineLicense($altered)['errors'], ['Signature verification failed']);
    }

    /** A file with somebody else's public key. */
    function stranger(string $home): string
    {
        $pair = openssl_pkey_new(['private_key_bits' => 2048]);
        file_put_contents("$home/other.pem", openssl_pkey_get_details($pair)['key']);

        return "$home/other.pem";
    }

    /** Runs each step and prints one JSON object: step -> "ok" or what went wrong. */
    function report(array $steps): void
    {
        $results = [];
        foreach ($steps as $name => $run) {
            try {
                $run();
                $results[$name] = 'ok';
            } catch (Throwable $error) {
                $results[$name] = "$error";
            }
        }
        echo json_encode($results, JSON_INVALID_UTF8_SUBSTITUTE);
    }
}
