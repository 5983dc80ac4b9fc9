<?php

/* Calls the official PHP SDK of the 2.x line (2.10), unmodified, against a running server.
 *
 * argv: the SDK's folder (with src/), a file with what world.py printed plus `url`. Prints one JSON object: step ->
 * "ok" or what went wrong. It differs from 3.x in validation alone: options in place of an identifier, arrays in place
 * of results; its managers are those that acceptance.php calls, so here each is called once.
 */

declare(strict_types=1);

use GetKeyManager\SDK\Cache\CacheManager;
use GetKeyManager\SDK\Config\Configuration;
use GetKeyManager\SDK\Exceptions\NetworkException;
use GetKeyManager\SDK\Exceptions\SignatureException;
use GetKeyManager\SDK\Exceptions\StateException;
use GetKeyManager\SDK\Http\HttpClient;
use GetKeyManager\SDK\LicenseClient;
use GetKeyManager\SDK\SignatureVerifier;
use GetKeyManager\SDK\StateResolver;
use GetKeyManager\SDK\StateStore;
use GetKeyManager\SDK\Validation\LicenseValidator;

require __DIR__ . '/driving.php';

[, $folder, $worldFile] = $argv;
$world = json_decode(file_get_contents($worldFile), true);
['keys' => $keys, 'product' => $product] = $world;
classes('GetKeyManager\\SDK\\', "$folder/src");
strictly();

$home = dirname($worldFile) . '/php2';
mkdir($home);
file_put_contents("$home/public.pem", $world['public_key']);
$options = static fn (array $more = []): array => $more + [
    'apiKey' => $world['api_key'], 'baseUrl' => $world['url'] . '/api', 'publicKeyFile' => "$home/public.pem",
    'productId' => $product['uuid'], 'cacheEnabled' => false, 'retryAttempts' => 1,
];
$client = static fn (array $more = []): LicenseClient => new LicenseClient($options($more));
$sdk = $client();
// The facade leaves out the license file and what reads it.
$validator = static function (array $more = []) use ($options, $world): LicenseValidator {
    [$config, $verifier] = [new Configuration($options($more)), new SignatureVerifier($world['public_key'])];
    $resolver = new StateResolver($verifier);

    return new LicenseValidator(
        $config, new HttpClient($config, $verifier, $resolver), new CacheManager(false), new StateStore($verifier), $resolver, $verifier,
    );
};
$device = ['hardwareId' => 'hw-1'];

$steps = [];

$steps['activateLicense'] = static function () use ($sdk, $keys, $product, $device): void {
    $answer = good($sdk->activateLicense($keys['usable'], $device + ['name' => "Ada’s \"PC\" </>", 'os' => 'Linux']), 300);
    same([$answer['activation']['identifier'], $answer['license']['hardware_id']], ['hw-1', 'hw-1']);
    same([$answer['license']['status'], $answer['license']['product_uuid']], ['active', $product['uuid']]);
    same(is_string($answer['licFileContent']), true);
    good($sdk->activateLicense($keys['usable'], $device), 301);
};
$steps['activateLicense of a domain, then over the limit'] = static function () use ($sdk, $keys): void {
    $answer = good($sdk->activateLicense($keys['usable'], ['domain' => 'shop.example.com']), 300);
    same([$answer['license']['domain'], isset($answer['license']['hardware_id'])], ['shop.example.com', false]);
    bad($sdk->activateLicense($keys['usable'], ['hardwareId' => 'hw-3']), 302);
};
$steps['activateLicense once per idempotency key'] = static function () use ($sdk, $keys): void {
    $options = ['hardwareId' => 'hw-9', 'idempotencyKey' => 'interop-php2'];
    same($sdk->activateLicense($keys['other'], $options), good($sdk->activateLicense($keys['other'], $options), 300));
};
$steps['activateLicense without a device'] = static function () use ($sdk, $keys): void {
    raised(InvalidArgumentException::class, static fn () => $sdk->activateLicense($keys['usable']));
};
$steps['validateLicense'] = static function () use ($sdk, $keys, $product, $device): void {
    $answer = good($sdk->validateLicense($keys['usable'], $device), 200);
    same([$answer['valid'], $answer['license']['features']['seats']], [true, 5]);
    good($sdk->validateLicense($keys['usable'], ['domain' => 'shop.example.com', 'productId' => $product['uuid']]), 200);
    good($sdk->validateLicense($keys['usable']), 200); // No device is named: the license is judged.
    same(bad($sdk->validateLicense($keys['usable'], ['hardwareId' => 'hw-x']), 202)['valid'], false);
    bad($sdk->validateLicense($keys['usable'], $device + ['productId' => $product['id'] + 1000]), 210);
};
$steps['resolveLicenseState'] = static function () use ($sdk, $keys, $device): void {
    $state = $sdk->resolveLicenseState($keys['usable'], $device);
    active($state);
    same($sdk->isFeatureAllowed($keys['usable'], 'export'), true);
    same($sdk->isFeatureAllowed($keys['usable'], 'nothing'), false);
    same($sdk->requireCapability($keys['usable'], 'updates')->isActive(), true);
    same($sdk->getLicenseState($keys['usable'], $device)->isActive(), true);
};
$refusals = [
    'unknown' => ['NO-SUCH-KEY', 210, 'INVALID'], 'suspended' => [$keys['suspended'], 204, 'INVALID'],
    'revoked' => [$keys['revoked'], 204, 'INVALID'], 'expired' => [$keys['expired'], 205, 'GRACE'],
    'long expired' => [$keys['long_expired'], 205, 'RESTRICTED'], 'not assigned' => [$keys['stock5'], 201, 'INVALID'],
];
foreach ($refusals as $name => [$key, $code, $expected]) {
    $steps["a license that is $name"] = static function () use ($sdk, $key, $code, $expected, $device): void {
        same(bad($sdk->validateLicense($key, $device), $code)['valid'], false);
        bad($sdk->activateLicense($key, $device), $code);
        $state = $sdk->resolveLicenseState($key, $device);
        same([$state->getState(), $state->isActive(), $state->allows('export')], [$expected, false, false]);
        // It knows its own names of capabilities by state, whatever the license has.
        if ($expected !== 'GRACE') {
            raised(StateException::class, static fn () => $sdk->requireCapability($key, 'updates'));
        }
    };
}
// What it keeps carries no signature, and the exception that it wants to throw for that is not in its namespace.
$steps['resolveLicenseState from its cache'] = static function () use ($client, $keys, $device): void {
    $caching = $client(['cacheEnabled' => true]);
    same($caching->resolveLicenseState($keys['usable'], $device)->getState(), 'ACTIVE');
    raised(Error::class, static fn () => $caching->resolveLicenseState($keys['usable'], $device));
};
$steps['license file'] = static function () use ($validator, $keys, $world, $home, $product): void {
    $answer = $validator()->getLicenseFile($keys['usable'], ['identifier' => 'hw-1']);
    same([$answer['code'], $answer['success']], [502, true]);
    $file = $validator()->parseLicenseFile($answer['licFileContent'], $world['public_key']);
    same([$file['license_key'], $file['hardware_id'], $file['product_uuid']], [$keys['usable'], 'hw-1', $product['uuid']]);
    file_put_contents("$home/license.lic", $answer['licFileContent']);
    file_put_contents("$home/offline.json", $answer['offline_license']);
};
$steps['validateOfflineLicense'] = static function () use ($sdk, $home): void {
    offline($sdk, file_get_contents("$home/offline.json"));
};
$steps['syncLicenseAndKey'] = static function () use ($validator, $home, $world): void {
    file_put_contents("$home/sync.pem", $world['public_key'] . "\n\n");
    $result = $validator()->syncLicenseAndKey("$home/license.lic", "$home/sync.pem");
    same([$result['errors'], $result['warnings'], $result['success']], [[], [], true]);
    same([$result['licenseUpdated'], $result['keyUpdated']], [true, true]);
    same(trim(file_get_contents("$home/sync.pem")), trim($world['public_key']));
};
$steps['deactivateLicense'] = static function () use ($sdk, $keys): void {
    good($sdk->deactivateLicense($keys['usable'], ['domain' => 'shop.example.com']), 400);
    bad($sdk->deactivateLicense($keys['usable'], ['domain' => 'shop.example.com']), 401);
    bad($sdk->deactivateLicense('NO-SUCH-KEY', ['hardwareId' => 'hw-1']), 210);
};
$steps['managers'] = static function () use ($sdk, $keys, $world, $product): void {
    same(good($sdk->checkFeature($keys['usable'], 'seats'), 200)['value'], 5);
    same(good($sdk->createLicenseKeys($product['uuid'], $world['generator'], [[]], $world['owner']), 900)['created'], 1);
    same(good($sdk->updateLicenseKey($keys['other'], ['activation_limit' => 7]), 950)['license']['activation_limit'], 7);
    good($sdk->getLicenseKeys(['status' => 'suspended']), 730);
    same(count(good($sdk->getLicenseDetails($keys['usable']), 500)['activations']), 2);
    same(good($sdk->getAvailableLicenseKeysCount($product['uuid']), 741)['count'], 6);
    good($sdk->assignLicenseKey($keys['stock0'], 'eve@example.com', 'Eve'), 800);
    good($sdk->assignAndActivateLicenseKey($keys['stock1'], 'eve@example.com', 'hw-5'), 300);
    same(good($sdk->randomAssignLicenseKeys($product['uuid'], $world['generator'], 2, 'bob@example.com'), 803)['count'], 2);
    good($sdk->randomAssignLicenseKeysQueued($product['uuid'], $world['generator'], 1, 'bob@example.com'), 807);
    good($sdk->createLicenseKeyMeta($keys['usable'], 'team', 'rød'), 453);
    good($sdk->deleteLicenseKey($keys['deleted']), 850);
    good($sdk->getAllProducts(), 810);
    good($sdk->createProductMeta($product['uuid'], 'vendor', 'Ünited'), 273);
    good($sdk->getAllContracts(), 846);
    same(count(good($sdk->accessDownloadables($keys['usable'], $device = ['hardwareId' => 'hw-1']), 600)['downloadables']), 1);
    good($sdk->getProductChangelog($product['slug']), 1600);
    good($sdk->getAllGenerators($product['uuid']), 820);
    same(good($sdk->generateLicenseKeys($world['generator'], 3), 815)['count'], 3);
    same($sdk->sendTelemetry('text', 'start', ['text' => 'ø'], ['license_key' => $keys['usable']])['success'], true);
    good($sdk->getTelemetryData('text', 'start'), 970);
};
// It maps refusals of the API key to exceptions that are not in its namespace.
$steps['a wrong API key'] = static function () use ($client, $keys, $device): void {
    $stranger = $client(['apiKey' => 'kt_live_wrong']);
    raised(Error::class, static fn () => $stranger->validateLicense($keys['usable'], $device));
};
$steps['no connection'] = static function () use ($client, $keys, $device): void {
    $alone = $client(['baseUrl' => 'http://127.0.0.1:9']);
    raised(NetworkException::class, static fn () => $alone->validateLicense($keys['usable'], $device));
    same($alone->getLicenseState($keys['usable'], $device)->allows('export'), false);
};
$steps['an answer signed by somebody else'] = static function () use ($client, $keys, $home, $device): void {
    $wary = $client(['publicKeyFile' => stranger($home)]);
    raised(SignatureException::class, static fn () => $wary->validateLicense($keys['usable'], $device));
};

report($steps);
