<?php

/* Calls the official PHP SDK (3.x), unmodified, against a running server.
 *
 * argv: the SDK's folder (with src/), a file with what world.py printed plus `url`. Prints one JSON object: step ->
 * "ok" or what went wrong. Signatures are verified throughout: the client holds the product's public key as a file,
 * the only form it reads. What it cannot do whatever a server answers is asserted as such: docs/spec/api-v1.md 13.2.
 */

declare(strict_types=1);

use GetKeyManager\SDK\Cache\CacheManager;
use GetKeyManager\SDK\Constants\OptionKeys;
use GetKeyManager\SDK\Dto\ActivationResultDto;
use GetKeyManager\SDK\Dto\ValidationResultDto;
use GetKeyManager\SDK\Exceptions\LicenseException;
use GetKeyManager\SDK\Http\HttpClient;
use GetKeyManager\SDK\LicenseClient;
use GetKeyManager\SDK\Management\ProductManager;
use GetKeyManager\SDK\SignatureVerifier;

require __DIR__ . '/driving.php';

[, $folder, $worldFile] = $argv;
$world = json_decode(file_get_contents($worldFile), true);
['keys' => $keys, 'product' => $product] = $world;
classes('GetKeyManager\\SDK\\', "$folder/src");
strictly();

$home = dirname($worldFile) . '/php';
mkdir($home);
$publicKeyFile = "$home/public.pem";
file_put_contents($publicKeyFile, $world['public_key']);
$client = static fn (array $more = []): LicenseClient => new LicenseClient($more + [
    'apiKey' => $world['api_key'], 'baseUrl' => $world['url'] . '/api', 'publicKeyFile' => $publicKeyFile,
    'productId' => $product['uuid'], 'cacheEnabled' => false, 'retryAttempts' => 1,
]);
$sdk = $client();
// The facade leaves out what looks up a single product.
$products = new ProductManager(
    $sdk->getConfiguration(),
    new HttpClient($sdk->getConfiguration(), new SignatureVerifier($world['public_key'])),
    new CacheManager(false),
);

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
    active($state);
    same($state->getDaysUntilExpiration() >= 363, true);
};
// What it keeps carries no signature, and the exception that it wants to throw for that is not in its namespace.
$steps['resolveLicenseState from its cache'] = static function () use ($client, $keys): void {
    $caching = $client(['cacheEnabled' => true]);
    same($caching->resolveLicenseState($keys['usable'], 'hw-1')->getState(), 'ACTIVE');
    raised(Error::class, static fn () => $caching->resolveLicenseState($keys['usable'], 'hw-1'));
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
    offline($sdk, file_get_contents("$home/offline.json"));
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
$steps['checkFeature'] = static function () use ($sdk, $keys): void {
    $answer = good($sdk->checkFeature($keys['usable'], 'seats'), 200);
    same([$answer['feature'], $answer['enabled'], $answer['value']], ['seats', true, 5]);
    same(good($sdk->checkFeature($keys['usable'], 'nothing'), 200)['enabled'], false);
    same(bad($sdk->checkFeature('NO-SUCH-KEY', 'seats'), 210)['enabled'], false);
};
$steps['createLicenseKeys'] = static function () use ($sdk, $world, $product): void {
    $one = ['activation_limit' => 3, 'validity_days' => 30, 'features' => ['export' => false], 'metadata' => ['order' => 'A-1']];
    $answer = good($sdk->createLicenseKeys($product['uuid'], $world['generator'], [$one, []], $world['owner']), 900);
    same([$answer['created'], $answer['duplicate'], count($answer['licenses'])], [2, 0, 2]);
    same([$answer['licenses'][0]['status'], $answer['licenses'][0]['activation_limit']], ['assigned', 3]);
    same($answer['licenses'][0]['customer_email'], $world['owner']);
    $unknown = '0198a000-0000-7000-8000-000000000000';
    same(bad($sdk->createLicenseKeys($product['uuid'], $unknown, [[]]), 901)['response']['errors'] !== [], true);
};
// It drops the metadata that it is given.
$steps['updateLicenseKey'] = static function () use ($sdk, $keys): void {
    $changes = ['activation_limit' => 7, 'validity_days' => 400];
    same(good($sdk->updateLicenseKey($keys['other'], $changes), 950)['license']['activation_limit'], 7);
    bad($sdk->updateLicenseKey($keys['other'], ['status' => 'nonsense']), 951);
    bad($sdk->updateLicenseKey('NO-SUCH-KEY', ['status' => 'blocked']), 952);
};
$steps['getLicenseKeys'] = static function () use ($sdk, $keys, $world, $product): void {
    $all = good($sdk->getLicenseKeys(), 730);
    same(count($all['licenses']), $all['total']);
    $filters = ['product_uuid' => $product['uuid'], 'status' => 'suspended', 'customer_email' => $world['owner']];
    same(array_column($sdk->getLicenseKeys($filters)['licenses'], 'license_key'), [$keys['suspended']]);
};
$steps['getLicenseDetails'] = static function () use ($sdk, $keys): void {
    $answer = good($sdk->getLicenseDetails($keys['usable']), 500);
    same([$answer['license']['license_key'], count($answer['activations'])], [$keys['usable'], 2]);
    bad($sdk->getLicenseDetails('NO-SUCH-KEY'), 501);
};
$steps['getAvailableLicenseKeysCount'] = static function () use ($sdk, $product): void {
    same(good($sdk->getAvailableLicenseKeysCount($product['uuid']), 741)['count'], 6);
};
$steps['assignLicenseKey'] = static function () use ($sdk, $keys): void {
    $license = good($sdk->assignLicenseKey($keys['stock0'], 'eve@example.com', 'Eve'), 800)['license'];
    same([$license['customer_email'], $license['customer_name']], ['eve@example.com', 'Eve']);
    bad($sdk->assignLicenseKey($keys['stock0'], 'mallory@example.com'), 801);
};
$steps['assignAndActivateLicenseKey'] = static function () use ($sdk, $keys): void {
    $options = ['customer_name' => 'Eve', 'metadata' => ['from' => 'shop']];
    $answer = good($sdk->assignAndActivateLicenseKey($keys['stock1'], 'eve@example.com', 'hw-5', $options), 300);
    same($answer['activation']['identifier'], 'hw-5');
    good($sdk->assignAndActivateLicenseKey($keys['stock1'], 'eve@example.com', 'hw-5'), 301);
    bad($sdk->assignAndActivateLicenseKey($keys['stock1'], 'mallory@example.com', 'hw-6'), 801);
};
$steps['randomAssignLicenseKeys'] = static function () use ($sdk, $world, $product): void {
    $answer = good($sdk->randomAssignLicenseKeys($product['uuid'], $world['generator'], 2, 'bob@example.com', 'Bob'), 803);
    same([$answer['count'], count($answer['licenses'])], [2, 2]);
    $queued = good($sdk->randomAssignLicenseKeysQueued($product['uuid'], $world['generator'], 1, 'bob@example.com'), 807);
    same(is_string($queued['job_id']), true);
};
$steps['license metadata'] = static function () use ($sdk, $keys): void {
    good($sdk->createLicenseKeyMeta($keys['usable'], 'team', 'rød'), 453);
    bad($sdk->createLicenseKeyMeta($keys['usable'], 'team', 'x'), 452);
    good($sdk->updateLicenseKeyMeta($keys['usable'], 'team', 'blue'), 353);
    bad($sdk->updateLicenseKeyMeta($keys['usable'], 'none', 'x'), 352);
    good($sdk->deleteLicenseKeyMeta($keys['usable'], 'team'), 252);
    bad($sdk->deleteLicenseKeyMeta($keys['usable'], 'team'), 251);
};
$steps['deleteLicenseKey'] = static function () use ($sdk, $keys): void {
    good($sdk->deleteLicenseKey($keys['deleted']), 850);
    bad($sdk->deleteLicenseKey($keys['deleted']), 851);
};
$steps['products'] = static function () use ($sdk): void {
    $options = ['description' => 'New', 'features' => ['export' => true, 'seats' => 3], 'changelog_enabled' => true];
    $made = good($sdk->createProduct('Viewer', $options), 750)['product'];
    same($made['slug'], 'viewer');
    good($sdk->updateProduct($made['uuid'], ['name' => 'Viewer 2', 'status' => 'inactive']), 650);
    $names = array_column(good($sdk->getAllProducts(), 810)['products'], 'name');
    same($names, ['Editor Ünïcode', 'Viewer 2']);
    good($sdk->deleteProduct($made['uuid']), 550);
    bad($sdk->deleteProduct($made['uuid']), 551);
    bad($sdk->createProduct('Third', ['slug' => '!!']), 751);
};
$steps['product metadata'] = static function () use ($sdk, $products, $product): void {
    good($sdk->createProductMeta($product['uuid'], 'vendor', 'Ünited'), 273);
    bad($sdk->createProductMeta($product['uuid'], 'vendor', 'x'), 272);
    good($sdk->updateProductMeta($product['uuid'], 'vendor', 'Z'), 373);
    same(good($products->getProductMeta($product['uuid']), 631)['meta_data'], [['key' => 'vendor', 'value' => 'Z']]);
    good($sdk->deleteProductMeta($product['uuid'], 'vendor'), 482);
    bad($sdk->deleteProductMeta($product['uuid'], 'vendor'), 481);
};
$steps['getProduct'] = static function () use ($products, $product): void {
    $answer = good($products->getProduct(['product_uuid' => $product['uuid']]), 631);
    same([$answer['product']['uuid'], $answer['features']['seats']], [$product['uuid'], 5]);
};
$steps['getProductPublicKey'] = static function () use ($products, $product, $world): void {
    $answer = good($products->getProductPublicKey(['product_slug' => $product['slug']]), 632);
    same([$answer['public_key'], $answer['product']['uuid']], [$world['public_key'], $product['uuid']]);
};
$steps['getProductChangelog'] = static function () use ($sdk, $products, $product): void {
    $entries = good($products->getProductChangelog(['product_uuid' => $product['uuid']]), 1600)['entries'];
    same(array_column($entries, 'version'), ['2.4.0']);
    same(good($sdk->getProductChangelog($product['slug']), 1600)['entries'], $entries);
    same(raised(LicenseException::class, static fn () => $sdk->getProductChangelog('no-such-product'))->getCode(), 404);
};
$steps['contracts'] = static function () use ($sdk, $product): void {
    $contract = [
        'contract_key' => 'C-1', 'contract_name' => 'Reseller', 'contract_information' => 'Ten',
        'product_id' => $product['id'], 'license_keys_quantity' => 10, 'status' => 'active',
        'can_get_info' => 1, 'can_generate' => 1, 'can_destroy' => 0, 'can_destroy_all' => 0,
    ];
    $made = good($sdk->createContract($contract), 841)['contract'];
    same([$made['contract_key'], $made['license_keys_quantity']], ['C-1', 10]);
    same(array_keys(bad($sdk->createContract($contract), 825)['response']['errors']), ['contract_key']);
    $changed = good($sdk->updateContract($made['id'], ['contract_name' => 'Partner']), 842);
    same($changed['contract']['name'], 'Partner');
    same(count(good($sdk->getAllContracts(), 846)['contracts']), 1);
    good($sdk->deleteContract($made['id']), 843);
    bad($sdk->deleteContract($made['id']), 844);
};
$steps['accessDownloadables'] = static function () use ($sdk, $keys, $world): void {
    $found = good($sdk->accessDownloadables($keys['usable'], ['identifier' => 'hw-1']), 600)['downloadables'];
    same(count($found), 1);
    same([$found[0]['version'], $found[0]['filename']], ['2.4.0', 'setup.exe']);
    $file = file_get_contents($world['url'] . parse_url($found[0]['download_url'], PHP_URL_PATH));
    same(strlen($file), $found[0]['files'][0]['size']);
    bad($sdk->accessDownloadables($keys['suspended']), 701);
};
$steps['getAllGenerators'] = static function () use ($sdk, $world, $product): void {
    same(array_column(good($sdk->getAllGenerators($product['uuid']), 820)['generators'], 'uuid'), [$world['generator']]);
    same(count($sdk->getAllGenerators()['generators']), 1);
};
$steps['generateLicenseKeys'] = static function () use ($sdk, $world): void {
    $answer = good($sdk->generateLicenseKeys($world['generator'], 3, ['activation_limit' => 0, 'validity_days' => 0]), 815);
    same([$answer['count'], $answer['licenses'][0]['expires_at']], [3, null]);
};
$steps['sendTelemetry'] = static function () use ($sdk, $keys, $product): void {
    $context = [
        'license_key' => $keys['usable'], 'activation_identifier' => 'hw-1', 'user_identifier' => 'u',
        'product_id' => $product['uuid'], 'product_version' => '2.4.0',
    ];
    $kinds = ['numeric-single-value' => ['value' => 3], 'numeric-xy-axis' => ['x' => 1, 'y' => 2], 'text' => ['text' => 'ø']];
    foreach ($kinds as $type => $values) {
        $sent = $sdk->sendTelemetry($type, 'start', $values, $context);
        same([$sent['success'], $sent['is_flagged'], is_string($sent['telemetry_id'])], [true, false, true]);
    }
    same($sdk->sendTelemetry('text', 'start', ['text' => 'x'], ['license_key' => 'NO-SUCH-KEY'])['is_flagged'], true);
};
$steps['getTelemetryData'] = static function () use ($sdk, $keys): void {
    $filters = ['license_key' => $keys['usable'], 'has_red_flags' => 0];
    $answer = good($sdk->getTelemetryData('text', 'start', $filters), 970);
    same([$answer['total'], $answer['records'][0]['data']], [1, 'ø']);
};
// Its sync does not look at the code: no new file comes with a refusal, and the warning is all that it says.
$steps['syncLicenseAndKey of a suspended license'] = static function () use ($sdk, $keys, $home, $world): void {
    [$license, $key] = ["$home/late.lic", "$home/late.pem"];
    file_put_contents($license, $sdk->getLicenseFile($keys['other'], 'hw-9')['licFileContent']);
    file_put_contents($key, $world['public_key']);
    good($sdk->updateLicenseKey($keys['other'], ['status' => 'suspended']), 950);
    $result = $sdk->syncLicenseAndKey($license, $key);
    $warnings = ['Server did not provide updated license file content'];
    same([$result->isSuccess(), $result->getErrors(), $result->getWarnings()], [true, [], $warnings]);
};
// Having no answer, it wants to send telemetry and asks its configuration for a method that is not there.
$steps['syncLicenseAndKey without a connection'] = static function () use ($client, $home): void {
    $alone = $client(['baseUrl' => 'http://127.0.0.1:9']);
    raised(Error::class, static fn () => $alone->syncLicenseAndKey("$home/sync.lic", "$home/sync.pem"));
};
$steps['verifyJsonResponse'] = static function () use ($keys, $world): void {
    $request = stream_context_create(['http' => [
        'method' => 'POST', 'content' => http_build_query(['license_key' => $keys['usable'], 'identifier' => 'hw-1']),
        'header' => [
            "Authorization: Bearer {$world['api_key']}", 'User-Agent: GetKeyManager-PHP-SDK/2.0.0',
            'Content-Type: application/x-www-form-urlencoded',
        ],
    ]]);
    $body = file_get_contents("{$world['url']}/api/v1/verify", false, $request);
    $verifier = new SignatureVerifier($world['public_key']);
    same($verifier->verifyJsonResponse($body), true);
    same($verifier->verifyJsonResponse(json_encode(json_decode($body, true)['data'])), true);
    same($verifier->verifyJsonResponse(str_replace('hw-1', 'hw-2', $body)), false);
};
$steps['a wrong API key'] = static function () use ($client, $keys): void {
    $stranger = $client(['apiKey' => 'kt_live_wrong']);
    foreach (['validateLicense', 'activateLicense', 'deactivateLicense'] as $method) {
        $error = raised(LicenseException::class, static fn () => $stranger->$method($keys['usable'], 'hw-1'));
        same($error->getPrevious()->getApiCode(), 100);
    }
    same(raised(LicenseException::class, static fn () => $stranger->getAllProducts())->getApiCode(), 100);
};
$steps['a request too many'] = static function () use ($client, $keys, $world): void {
    $slow = $client(['apiKey' => $world['slow_api_key'], 'retryAttempts' => 2]);
    coded($slow->validateLicense($keys['usable'], 'hw-1'), 200, true);
    raised(LicenseException::class, static fn () => $slow->validateLicense($keys['usable'], 'hw-1'));
    same(count($GLOBALS['waited']), 2);
    same(min($GLOBALS['waited']) >= 1_000_000 && max($GLOBALS['waited']) <= 60_000_000, true);
};
$steps['an answer signed by somebody else'] = static function () use ($client, $keys, $home): void {
    $wary = $client(['publicKeyFile' => stranger($home)]);
    $error = raised(LicenseException::class, static fn () => $wary->validateLicense($keys['usable'], 'hw-1'));
    same(str_contains($error->getMessage(), 'signature verification failed'), true);
};

report($steps);
