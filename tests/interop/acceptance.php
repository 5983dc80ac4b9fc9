<?php

/* Calls the official PHP SDK (3.x), unmodified, against a running server.
 *
 * argv: the SDK's folder (with src/), a file with what world.py printed plus `url`. Prints one JSON object: step ->
 * "ok" or what went wrong. Signatures are verified throughout: the client holds the product's public key as a file,
 * the only form it reads. What it cannot do whatever a server answers is asserted as such: docs/spec/api-v1.md 13.2.
 */

declare(strict_types=1);

namespace GetKeyManager\SDK\Http {
    /** Stands in for the waiting of the SDK's HTTP client, which asks its own namespace first. */
    function usleep(int $microseconds): void
    {
        $GLOBALS['waited'][] = $microseconds;
    }
}

namespace {
    use GetKeyManager\SDK\Constants\OptionKeys;
    use GetKeyManager\SDK\Dto\ActivationResultDto;
    use GetKeyManager\SDK\Dto\ValidationResultDto;
    use GetKeyManager\SDK\Exceptions\LicenseException;
    use GetKeyManager\SDK\LicenseClient;

    [, $folder, $worldFile] = $argv;
    $world = json_decode(file_get_contents($worldFile), true);
    ['keys' => $keys, 'product' => $product] = $world;
    $waited = [];
    spl_autoload_register(static function (string $class) use ($folder): void {
        $file = $folder . '/src/' . strtr(substr($class, strlen('GetKeyManager\\SDK\\')), '\\', '/') . '.php';
        if (is_file($file)) {
            require $file;
        }
    });
    // 2048 bits are fewer than it recommends; its sync sets properties that its own class does not declare.
    error_reporting(E_ALL & ~E_USER_WARNING & ~E_DEPRECATED);
    set_error_handler(static fn ($level, $text) => (error_reporting() & $level) ? throw new ErrorException($text) : true);
    putenv('no_proxy=*');

    $home = dirname($worldFile) . '/php';
    mkdir($home);
    $publicKeyFile = "$home/public.pem";
    file_put_contents($publicKeyFile, $world['public_key']);
    $client = static fn (array $more = []): LicenseClient => new LicenseClient($more + [
        'apiKey' => $world['api_key'], 'baseUrl' => $world['url'] . '/api', 'publicKeyFile' => $publicKeyFile,
        'productId' => $product['uuid'], 'cacheEnabled' => false, 'retryAttempts' => 1,
    ]);
    $sdk = $client();

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

    /** A result, once it has this code and the SDK takes it for a success or not. */
    function coded(ActivationResultDto|ValidationResultDto $result, int $code, bool $success): ActivationResultDto|ValidationResultDto
    {
        same([$result->code, $result->isSuccess()], [$code, $success]);
        same(is_string($result->message) && $result->message !== '', true);

        return $result;
    }

    $steps = [];

    $steps['activateLicense'] = static function () use ($sdk, $keys, $product): void {
        $options = [OptionKeys::OS => 'Linux', OptionKeys::METADATA => ['name' => "Ada’s \"PC\" </>"]];
        $result = coded($sdk->activateLicense($keys['usable'], 'hw-1', null, $options), 300, true);
        same($result->getIdentifier(), 'hw-1');
        same(is_string($result->getActivationId()), true);
        same(preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/', $result->getActivatedAt()), 1);
        same([$result->getLicense()->hardware_id, $result->getLicense()->domain], ['hw-1', null]);
        same([$result->getLicense()->status, $result->getLicense()->product_uuid], ['active', $product['uuid']]);
        same($result->hasLicenseFile(), true);
    };
    // `isSuccess` is false for 301 whatever the server says; `success` is the server's word.
    $steps['activateLicense again'] = static function () use ($sdk, $keys): void {
        same(coded($sdk->activateLicense($keys['usable'], 'hw-1'), 301, false)->success, true);
    };
    $steps['activateLicense of a domain'] = static function () use ($sdk, $keys): void {
        $license = coded($sdk->activateLicense($keys['usable'], 'shop.example.com'), 300, true)->getLicense();
        same([$license->hardware_id, $license->domain], [null, 'shop.example.com']);
    };
    $steps['activateLicense over the limit'] = static function () use ($sdk, $keys): void {
        same(coded($sdk->activateLicense($keys['usable'], 'hw-3'), 302, false)->getActivationId(), null);
    };
    $steps['activateLicense once per idempotency key'] = static function () use ($sdk, $keys): void {
        $options = [OptionKeys::IDEMPOTENCY_KEY => 'interop-1'];
        $first = coded($sdk->activateLicense($keys['other'], 'hw-9', null, $options), 300, true);
        same($sdk->activateLicense($keys['other'], 'hw-9', null, $options)->toArray(), $first->toArray());
    };
    $steps['validateLicense'] = static function () use ($sdk, $keys, $product): void {
        $license = coded($sdk->validateLicense($keys['usable'], 'hw-1'), 200, true)->getLicense();
        same([$license->license_key, $license->status], [$keys['usable'], 'active']);
        same([$license->hasFeature('export'), $license->features['seats'], $license->isExpired()], [true, 5, false]);
        same([$license->product_uuid, $license->product_name], [$product['uuid'], 'Editor Ünïcode']);
    };
    $steps['validateLicense of another device'] = static function () use ($sdk, $keys): void {
        coded($sdk->validateLicense($keys['usable'], 'hw-x'), 202, false);
    };
    $steps['validateLicense without a device'] = static function () use ($client, $keys): void {
        coded($client(['defaultIdentifier' => 'hw-1'])->validateLicense($keys['usable']), 200, true);
        coded($client()->validateLicense($keys['usable']), 202, false); // It sends the fingerprint of this computer.
    };
    $steps['validateLicense of another product'] = static function () use ($sdk, $keys, $product): void {
        $options = ['product_id' => $product['id'] + 1000];
        coded($sdk->validateLicense($keys['usable'], 'hw-1', null, true, $options), 210, false);
    };
    $steps['validateLicense from its cache'] = static function () use ($client, $keys): void {
        $caching = $client(['cacheEnabled' => true]);
        $first = coded($caching->validateLicense($keys['usable'], 'hw-1'), 200, true);
        same($caching->validateLicense($keys['usable'], 'hw-1')->toArray(), $first->toArray());
    };
    $refusals = [
        'unknown' => ['NO-SUCH-KEY', 210], 'suspended' => [$keys['suspended'], 204], 'revoked' => [$keys['revoked'], 204],
        'expired' => [$keys['expired'], 205], 'long expired' => [$keys['long_expired'], 205],
        'not assigned' => [$keys['stock5'], 201],
    ];
    foreach ($refusals as $name => [$key, $code]) {
        $steps["validateLicense: $name"] = static function () use ($sdk, $key, $code): void {
            same(coded($sdk->validateLicense($key, 'hw-1'), $code, false)->data['valid'], false);
        };
        $steps["activateLicense: $name"] = static fn () => coded($sdk->activateLicense($key, 'hw-1'), $code, false);
        // It asks its own result for a method that is not there. Nothing is allowed, so it fails on the safe side.
        $steps["resolveLicenseState: $name"] = static function () use ($sdk, $key): void {
            raised(Error::class, static fn () => $sdk->resolveLicenseState($key, 'hw-1'));
            raised(Error::class, static fn () => $sdk->isFeatureAllowed($key, 'export', 'hw-1'));
        };
    }
    $steps['resolveLicenseState'] = static function () use ($sdk, $keys): void {
        $state = $sdk->resolveLicenseState($keys['usable'], 'hw-1');
        same([$state->getState(), $state->isValid(), $state->isExpired()], ['ACTIVE', true, false]);
        same([$state->allows('export'), $state->allows('access'), $state->getFeatureValue('seats')], [true, true, 5]);
        same([$state->canUpdate(), $state->canDownload(), $state->canSendTelemetry()], [true, true, true]);
        same([$state->verifyContext('hw-1'), $state->verifyContext('hw-2')], [true, false]);
        same($state->getDaysUntilExpiration() >= 363, true);
    };
    $steps['isFeatureAllowed'] = static function () use ($sdk, $keys): void {
        same($sdk->isFeatureAllowed($keys['usable'], 'export', 'hw-1'), true);
        same($sdk->isFeatureAllowed($keys['usable'], 'nothing', 'hw-1'), false);
    };
    // Both call the validator with the wrong arguments: nothing is sent.
    $steps['getLicenseState and requireCapability never work'] = static function () use ($sdk, $keys): void {
        raised(TypeError::class, static fn () => $sdk->getLicenseState($keys['usable'], 'hw-1'));
        raised(ArgumentCountError::class, static fn () => $sdk->requireCapability($keys['usable'], 'updates'));
    };
    $steps['getLicenseFile'] = static function () use ($sdk, $keys, $home): void {
        $answer = $sdk->getLicenseFile($keys['usable'], 'hw-1');
        same([$answer['code'], $answer['success']], [502, true]);
        file_put_contents("$home/" . hash('sha256', $keys['usable']) . '.lic', $answer['licFileContent']);
        file_put_contents("$home/offline.json", $answer['offline_license']);
        // The SDK counts 501 among the successes; the server does not.
        $unknown = $sdk->getLicenseFile('NO-SUCH-KEY', 'hw-1');
        same([$unknown['code'], $unknown['success']], [501, false]);
    };
    $steps['validateLicense offline first'] = static function () use ($client, $keys, $home, $world): void {
        $offline = $client([
            'baseUrl' => 'http://127.0.0.1:9', 'licenseFilePath' => $home, 'productPublicKey' => $world['public_key'],
        ]);
        $result = coded($offline->validateLicense($keys['usable'], 'hw-1'), 200, true);
        same([$result->message, $result->getLicense()->hasFeature('export')], ['Offline validation successful', true]);
        raised(LicenseException::class, static fn () => $offline->validateLicense($keys['other'], 'hw-9'));
    };
    $steps['validateOfflineLicense'] = static function () use ($sdk, $home): void {
        $text = file_get_contents("$home/offline.json");
        foreach ([$text, json_decode($text, true)] as $given) {
            $found = $sdk->validateOfflineLicense($given, ['hardwareId' => 'hw-1']);
            same([$found['valid'], $found['errors']], [true, []]);
        }
        same($sdk->validateOfflineLicense($text, ['hardwareId' => 'hw-2'])['errors'], ['Hardware ID mismatch']);
        $altered = json_decode($text, true);
        $altered['license']['features']['seats'] = 500;
        same($sdk->validateOfflineLicense($altered)['errors'], ['Signature verification failed']);
    };
    // Its getters read properties that its sync never sets, so the files are what counts.
    $steps['syncLicenseAndKey'] = static function () use ($sdk, $keys, $home, $world): void {
        [$license, $key] = ["$home/sync.lic", "$home/sync.pem"];
        copy("$home/" . hash('sha256', $keys['usable']) . '.lic', $license);
        file_put_contents($key, $world['public_key'] . "\n\n");
        touch($license, 0);
        $result = $sdk->syncLicenseAndKey($license, $key);
        same([$result->getErrors(), $result->getWarnings(), $result->isSuccess()], [[], [], true]);
        clearstatcache();
        same(filemtime($license) > 0, true);
        same(trim(file_get_contents($key)), trim($world['public_key']));
        same($sdk->syncLicenseAndKey($license, $key)->isSuccess(), true); // What it wrote can be read again.
    };
    $steps['deactivateLicense'] = static function () use ($sdk, $keys): void {
        $result = coded($sdk->deactivateLicense($keys['usable'], 'shop.example.com'), 400, true);
        same($result->getIdentifier(), 'shop.example.com');
        coded($sdk->deactivateLicense($keys['usable'], 'shop.example.com'), 401, false);
        coded($sdk->deactivateLicense('NO-SUCH-KEY', 'hw-1'), 210, false);
    };
    $steps['a wrong API key'] = static function () use ($client, $keys): void {
        $stranger = $client(['apiKey' => 'kt_live_wrong']);
        foreach (['validateLicense', 'activateLicense', 'deactivateLicense'] as $method) {
            $error = raised(LicenseException::class, static fn () => $stranger->$method($keys['usable'], 'hw-1'));
            same($error->getPrevious()->getApiCode(), 100);
        }
    };
    $steps['a request too many'] = static function () use ($client, $keys, $world): void {
        $slow = $client(['apiKey' => $world['slow_api_key'], 'retryAttempts' => 2]);
        coded($slow->validateLicense($keys['usable'], 'hw-1'), 200, true);
        raised(LicenseException::class, static fn () => $slow->validateLicense($keys['usable'], 'hw-1'));
        same(count($GLOBALS['waited']), 2);
        same(min($GLOBALS['waited']) >= 1_000_000 && max($GLOBALS['waited']) <= 60_000_000, true);
    };
    $steps['an answer signed by somebody else'] = static function () use ($client, $keys, $home): void {
        $pair = openssl_pkey_new(['private_key_bits' => 2048]);
        file_put_contents("$home/other.pem", openssl_pkey_get_details($pair)['key']);
        $wary = $client(['publicKeyFile' => "$home/other.pem"]);
        $error = raised(LicenseException::class, static fn () => $wary->validateLicense($keys['usable'], 'hw-1'));
        same(str_contains($error->getMessage(), 'signature verification failed'), true);
    };

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
