<?php

/* Calls the official Laravel package, unmodified, in a Laravel application, against a running server.
 *
 * argv: the package's folder (with src/ and config/), the PHP SDK's folder that fits it, the autoload file of Laravel,
 * a file with what world.py printed plus `url`. Prints one JSON object: step -> "ok" or what went wrong. Which line of
 * the package it is (2.x or 3.x) is seen from the SDK: 3.x has result objects.
 */

declare(strict_types=1);

use GetKeyManager\Laravel\Core\Exceptions\LicenseException;
use GetKeyManager\Laravel\Facades\GetKeyManager;
use GetKeyManager\Laravel\GetKeyManagerServiceProvider;
use GetKeyManager\SDK\Dto\ValidationResultDto;
use Illuminate\Config\Repository;
use Illuminate\Console\Application as Console;
use Illuminate\Filesystem\FilesystemServiceProvider;
use Illuminate\Foundation\Application;
use Illuminate\Http\Request;
use Illuminate\Session\ArraySessionHandler;
use Illuminate\Session\Store;
use Illuminate\Support\Facades\Facade;
use Illuminate\View\ViewServiceProvider;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Exception\NotFoundHttpException;

require __DIR__ . '/driving.php';

[, $folder, $sdkFolder, $laravel, $worldFile] = $argv;
$world = json_decode(file_get_contents($worldFile), true);
['keys' => $keys, 'product' => $product] = $world;
set_include_path(dirname($laravel, 2) . PATH_SEPARATOR . get_include_path());
error_reporting(E_ALL & ~E_DEPRECATED);
require $laravel;
classes('GetKeyManager\\Laravel\\', "$folder/src");
classes('GetKeyManager\\SDK\\', "$sdkFolder/src");
strictly();
$third = class_exists(ValidationResultDto::class);

$home = dirname($worldFile) . '/laravel';
foreach (['', '/config', '/licenses'] as $name) {
    mkdir($home . $name);
}
file_put_contents("$home/public.pem", $world['public_key']);
foreach (
    [
        'API_KEY' => $world['api_key'], 'BASE_URL' => $world['url'] . '/api', 'PUBLIC_KEY_FILE' => "$home/public.pem",
        'PRODUCT_ID' => $product['uuid'], 'CACHE_ENABLED' => 'false', 'RETRY_ATTEMPTS' => '1',
        'LICENSE_FILE_PATH' => "$home/licenses",
    ] as $name => $value
) {
    putenv("LICENSE_MANAGER_$name=$value");
}

/** A fresh application with the package, and what its configuration is to say instead. */
$start = static function (array $settings = []) use ($home): Application {
    $app = new Application($home);
    $app->instance('config', new Repository(['view' => ['paths' => [], 'compiled' => $home]]));
    Facade::clearResolvedInstances();
    Facade::setFacadeApplication($app);
    $app->register(FilesystemServiceProvider::class);
    $app->register(ViewServiceProvider::class);
    $app->register(GetKeyManagerServiceProvider::class);
    $app->boot();
    foreach ($settings as $name => $value) {
        $app['config']->set("getkeymanager.$name", $value);
    }

    return $app;
};

/** What the application answers at a page that $middleware guards. */
$visit = static function (Application $app, string $middleware, string $key, bool $json = true): Response {
    $app['router']->get('/page', static fn (Request $request) => 'open')->middleware($middleware);
    $request = Request::create('/page', 'GET', ['license_key' => $key], [], [], $json ? ['HTTP_ACCEPT' => 'application/json'] : []);
    $session = new Store('session', new ArraySessionHandler(10));
    $request->setLaravelSession($session);
    $app->instance('session.store', $session);
    $app->instance('request', $request);

    return $app['router']->dispatch($request);
};
/** How an Artisan command ends, and what it says. */
$artisan = static function (string $command, string $key, array $more = []) use ($start): array {
    $app = $start();
    $console = new Console($app, $app['events'], $app->version());

    return [$console->call("license:$command", ['license_key' => $key] + $more), $console->output()];
};
$start();

$steps = [];

$refusals = [
    'unknown' => ['NO-SUCH-KEY', 210], 'suspended' => [$keys['suspended'], 204], 'revoked' => [$keys['revoked'], 204],
    'long expired' => [$keys['long_expired'], 205], 'not assigned' => [$keys['stock5'], 201],
];
$device = $third ? 'hw-1' : ['hardwareId' => 'hw-1'];
$site = $third ? 'shop.example.com' : ['domain' => 'shop.example.com'];

$steps['a Laravel that the package asks for'] = static function (): void {
    same(version_compare(Application::VERSION, '10', '>='), true);
};
$steps['activateLicense'] = static function () use ($keys, $device, $site): void {
    $answer = GetKeyManager::activateLicense($keys['usable'], $device);
    same([$answer['code'], $answer['success'], is_string($answer['data']['licFileContent'])], [300, true, true]);
    same($answer['data']['activation']['identifier'], 'hw-1');
    same(GetKeyManager::activateLicense($keys['usable'], $device)['code'], 301);
    same(GetKeyManager::activateLicense($keys['usable'], $site)['data']['license']['domain'], 'shop.example.com');
};
$steps['validateLicense'] = static function () use ($keys, $device, $site): void {
    foreach ([$device, $site] as $here) {
        $answer = GetKeyManager::validateLicense($keys['usable'], $here);
        same([$answer['code'], $answer['success'], $answer['data']['valid']], [200, true, true]);
        same($answer['data']['license']['features']['seats'], 5);
    }
};
foreach ($refusals as $name => [$key, $code]) {
    $steps["validateLicense: $name"] = static function () use ($key, $code, $device): void {
        $answer = GetKeyManager::validateLicense($key, $device);
        same([$answer['code'], $answer['success'], $answer['data']['valid']], [$code, false, false]);
    };
}
$steps['deactivateLicense'] = static function () use ($keys, $site): void {
    same(GetKeyManager::deactivateLicense($keys['usable'], $site)['code'], 400);
    same(GetKeyManager::deactivateLicense($keys['usable'], $site)['code'], 401);
};
$steps['what is passed on to the SDK'] = static function () use ($keys, $world, $product): void {
    same(GetKeyManager::getAllProducts()['code'], 810);
    same(GetKeyManager::getLicenseDetails($keys['usable'])['code'], 500);
    same(GetKeyManager::createLicenseKeys($product['uuid'], $world['generator'], [[]], $world['owner'])['created'], 1);
    same(GetKeyManager::assignLicenseKey($keys['stock0'], 'eve@example.com', 'Eve')['code'], 800);
    same(GetKeyManager::updateLicenseKey($keys['other'], ['activation_limit' => 7])['code'], 950);
    same(GetKeyManager::generateLicenseKeys($world['generator'], 2)['code'], 815);
    same(GetKeyManager::getProductChangelog($product['slug'])['code'], 1600);
    same(GetKeyManager::deleteLicenseKey($keys['deleted'])['code'], 850);
};
$steps['sendTelemetry'] = static function () use ($keys, $product): void {
    $context = [
        'user_identifier' => 'u', 'product_id' => $product['uuid'], 'product_version' => '2.4.0', 'activation_identifier' => 'hw-1',
    ];
    $sent = GetKeyManager::sendTelemetry($keys['usable'], ['data_group' => 'start', 'text_data' => 'ø'], $context);
    same([$sent['success'], $sent['is_flagged']], [true, false]);
    same(GetKeyManager::sendTelemetry($keys['usable'], ['jobs' => 3] + $context)['success'], true);
};
$steps['Artisan without a state that was kept'] = static function () use ($artisan, $keys): void {
    [$status, $text] = $artisan('check-state', $keys['usable']);
    same([$status, str_contains($text, 'No cached state found')], [1, true]);
};
if (!$third) {
    $steps['Artisan'] = static function () use ($artisan, $keys): void {
        $here = ['--hardware-id' => 'hw-7'];
        $runs = [
            ['activate', 'other', 0, 'License activated successfully'], ['validate', 'other', 0, 'License is ACTIVE'],
            ['deactivate', 'other', 0, 'License deactivated successfully'],
            ['validate', 'suspended', 1, 'License is INVALID'], ['activate', 'suspended', 1, 'License key blocked'],
        ];
        foreach ($runs as [$command, $key, $expected, $words]) {
            [$status, $text] = $artisan($command, $keys[$key], $here);
            same([$command, $status, str_contains($text, $words)], [$command, $expected, true]);
        }
    };
    $steps['resolveLicenseState'] = static function () use ($keys, $device): void {
        active(GetKeyManager::resolveLicenseState($keys['usable'], $device));
        same(GetKeyManager::isFeatureAllowed($keys['usable'], 'export'), true);
        same(GetKeyManager::isFeatureAllowed($keys['usable'], 'nothing'), false);
        same(GetKeyManager::isFeatureAllowed($keys['suspended'], 'export'), false);
        same(GetKeyManager::checkFeature($keys['usable'], 'seats')['value'], 5);
    };
    $steps['pages behind a license'] = static function () use ($start, $visit, $keys, $refusals): void {
        same($visit($start(), 'license.validate', $keys['usable'])->getContent(), 'open');
        foreach ($refusals as [$key]) {
            same($visit($start(), 'license.validate', $key)->getStatusCode(), 403);
        }
        $away = $visit($start(), 'license.validate', $keys['suspended'], false);
        same([$away->getStatusCode(), parse_url($away->headers->get('Location'), PHP_URL_PATH)], [302, '/license-required']);
    };
    // Two days after its end a license is in the package's own grace of seven, which allows no feature, `access` neither.
    $steps['pages behind an expired license'] = static function () use ($start, $visit, $keys): void {
        same(GetKeyManager::resolveLicenseState($keys['expired'])->isInGracePeriod(), true);
        same($visit($start(), 'license.validate', $keys['expired'])->getStatusCode(), 403);
    };
    $steps['pages behind a feature'] = static function () use ($start, $visit, $keys): void {
        same($visit($start(), 'license.feature:export', $keys['usable'])->getContent(), 'open');
        same($visit($start(), 'license.feature:nothing', $keys['usable'])->getStatusCode(), 403);
        same($visit($start(), 'license.feature:export', $keys['suspended'])->getStatusCode(), 403);
    };
    // The exception for a signature that it does not trust is not in its namespace: the page fails, and stays closed.
    $steps['an answer signed by somebody else'] = static function () use ($start, $keys, $home): void {
        $start(['public_key_file' => stranger($home)]);
        raised(Error::class, static fn () => GetKeyManager::resolveLicenseState($keys['usable']));
        $start();
    };
} else {
    $steps['checkFeature'] = static function () use ($keys): void {
        same(GetKeyManager::checkFeature($keys['usable'], 'export', 'hw-1'), true);
        same(GetKeyManager::checkFeature($keys['usable'], 'nothing', 'hw-1'), false);
    };
    $steps['offline, from the license file'] = static function () use ($start, $keys, $home, $world): void {
        $file = GetKeyManager::activateLicense($keys['usable'], 'hw-1')['licFileContent'];
        file_put_contents("$home/licenses/" . hash('sha256', $keys['usable']) . '.lic', $file);
        $start(['base_url' => 'http://127.0.0.1:9']);
        $answer = GetKeyManager::validateLicense($keys['usable'], 'hw-1', $world['public_key']);
        same([$answer['code'], $answer['message']], [200, 'Offline validation successful']);
        // Another device's file is refused with an exception that it then builds wrongly.
        raised(Throwable::class, static fn () => GetKeyManager::validateLicense($keys['usable'], 'hw-2', $world['public_key']));
        $start();
    };
    $steps['deactivateLicense without a device'] = static function () use ($keys): void {
        raised(LicenseException::class, static fn () => GetKeyManager::deactivateLicense($keys['usable']));
    };
    // It hands its options over in place of an identifier, and asks the SDK for methods that it does not have.
    $steps['states, commands and guarded pages never work'] = static function () use ($start, $visit, $artisan, $keys): void {
        foreach (['validate', 'activate', 'deactivate'] as $command) {
            raised(TypeError::class, static fn () => $artisan($command, $keys['usable'], ['--hardware-id' => 'hw-1']));
        }
        raised(TypeError::class, static fn () => GetKeyManager::resolveLicenseState($keys['usable']));
        raised(TypeError::class, static fn () => GetKeyManager::isFeatureAllowed($keys['usable'], 'export'));
        raised(Error::class, static fn () => GetKeyManager::isKilled());
        foreach (['license.validate', 'license.feature:export'] as $middleware) {
            raised(Error::class, static function () use ($start, $visit, $middleware, $keys): void {
                $answer = $visit($start(), $middleware, $keys['usable']);
                throw $answer->exception ?? new Exception('the page opened');
            });
        }
    };
}
$steps['a command that nobody signed'] = static function () use ($start, $third): void {
    $request = Request::create('/_gkm/command', 'POST', ['payload' => ['command' => 'kill_switch']]);
    $app = $start();
    $app->instance('request', $request);
    $router = $app['router'];
    if ($third) {
        same($router->dispatch($request)->getStatusCode(), 401);
    } else {
        raised(NotFoundHttpException::class, static fn () => $router->dispatch($request));
    }
};
$steps['a wrong API key'] = static function () use ($start, $keys, $device): void {
    $start(['api_key' => 'kt_live_wrong']);
    raised(Throwable::class, static fn () => GetKeyManager::validateLicense($keys['usable'], $device));
    $start();
};

report($steps);
