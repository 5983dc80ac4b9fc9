/* Calls every method of the official JavaScript SDK, unmodified, against a running server.
 *
 * argv: the SDK's folder, a file with what world.py printed plus `url`. Prints one JSON object: step -> "ok" or
 * what went wrong. Signatures are verified throughout: the client holds the product's public key.
 */
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const [folder, worldFile] = process.argv.slice(2);
const world = JSON.parse(fs.readFileSync(worldFile, 'utf8'));
const load = (name) => require(path.join(path.resolve(folder), name));
const LicenseClient = load('license-client.js');
const { keys, product } = world;
console.warn = () => {}; // 2048 bits are fewer than it recommends.

const client = (more = {}) => new LicenseClient({
    apiKey: world.api_key, baseUrl: world.url, publicKey: world.public_key, productId: product.uuid,
    cacheEnabled: false, retryAttempts: 1, ...more,
});
const sdk = client();
const http = sdk._getHttpClient();
const verified = [];
const verify = http._verifyResponse.bind(http);
http._verifyResponse = (body) => { verify(body); verified.push(body); };
const validator = sdk._getValidator();
// The facade hands its managers the wrong arguments (docs/spec/api-v1.md 13.2); built by hand they work.
const cache = {
    generateKey: (...parts) => parts.join(':'), get: async () => null, set: async () => {}, clear: async () => {},
    clearByPattern: async () => {},
};
const managed = (name) => new (load(name))(http, cache);
const licenses = managed('management/license-manager.js');
const products = managed('management/product-manager.js');
const contracts = managed('management/contract-manager.js');
const downloads = managed('downloads/download-manager.js');
const telemetry = new (load('telemetry/telemetry-client.js'))(http);
const features = new (load('features/feature-checker.js'))(http, cache, sdk._stateResolver);

const coded = (answer, code, success) => {
    assert.equal(answer.code, code);
    assert.equal(answer.success, success);
    assert.equal(answer.response.code, code);
    assert.equal(typeof answer.message, 'string');
    assert.ok(answer.signature);
    return answer;
};
const good = (answer, code) => coded(answer, code, true);
const bad = (answer, code) => coded(answer, code, false);
const on = (hardwareId) => ({ hardwareId });
const steps = {};
const step = (name, run) => { steps[name] = run; };

step('activateLicense', async () => {
    const answer = good(await sdk.activateLicense(keys.usable, { ...on('hw-1'), os: 'Linux', name: 'Ada’s "PC" </>' }), 300);
    assert.equal(answer.valid, true);
    assert.equal(answer.activation.identifier, 'hw-1');
    assert.equal(typeof answer.activation.id, 'string');
    assert.equal(answer.license.hardware_id, 'hw-1');
    assert.equal(answer.remaining_activations, 1);
});
step('activateLicense again', async () => {
    assert.equal(good(await sdk.activateLicense(keys.usable, on('hw-1')), 301).valid, true);
});
step('activateLicense of a domain', async () => {
    const answer = good(await sdk.activateLicense(keys.usable, { domain: 'shop.example.com' }), 300);
    assert.equal(answer.license.domain, 'shop.example.com');
    assert.equal(answer.license.hardware_id, undefined);
});
step('activateLicense over the limit', async () => {
    const answer = bad(await sdk.activateLicense(keys.usable, on('hw-3')), 302);
    assert.equal(answer.valid, false);
});
step('activateLicense once per idempotency key', async () => {
    const options = { ...on('hw-9'), idempotencyKey: 'interop-1' };
    const first = good(await sdk.activateLicense(keys.other, options), 300);
    assert.deepEqual(await sdk.activateLicense(keys.other, options), first);
});
step('validateLicense', async () => {
    const answer = good(await sdk.validateLicense(keys.usable, on('hw-1')), 200);
    assert.equal(answer.valid, true);
    assert.equal(answer.license.status, 'active');
    assert.equal(answer.license.features.export, true);
    assert.equal(answer.license.features.seats, 5);
    assert.match(answer.license.expires_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.equal(answer.product.uuid, product.uuid);
});
step('validateLicense without a device', async () => good(await sdk.validateLicense(keys.usable), 200));
step('validateLicense of another device', async () => bad(await sdk.validateLicense(keys.usable, on('hw-x')), 202));
step('validateLicense of another product', async () => {
    const answer = bad(await sdk.validateLicense(keys.usable, { ...on('hw-1'), productId: product.id + 1000 }), 210);
    assert.equal(answer.valid, false);
});
step('validateLicense from its cache', async () => {
    const caching = client({ cacheEnabled: true });
    const first = await caching.validateLicense(keys.usable, on('hw-1'));
    assert.strictEqual(await caching.validateLicense(keys.usable, on('hw-1')), first);
});
const refusals = {
    unknown: ['NO-SUCH-KEY', 210, 'INVALID'], suspended: [keys.suspended, 204, 'INVALID'],
    revoked: [keys.revoked, 204, 'INVALID'], expired: [keys.expired, 205, 'GRACE'],
    'long expired': [keys.long_expired, 205, 'RESTRICTED'], 'not assigned': [keys.stock5, 201, 'INVALID'],
};
for (const [name, [key, code, state]] of Object.entries(refusals)) {
    step(`validateLicense: ${name}`, async () => {
        assert.equal(bad(await sdk.validateLicense(key, on('hw-1')), code).valid, false);
    });
    step(`activateLicense: ${name}`, async () => bad(await sdk.activateLicense(key, on('hw-1')), code));
    step(`resolveLicenseState: ${name}`, async () => {
        const found = await sdk.resolveLicenseState(key, on('hw-1'));
        assert.equal(found.getState(), state);
        assert.equal(found.isActive(), false);
        assert.equal(found.allows('export'), false);
        assert.equal(found.canUpdate(), false);
    });
}
step('resolveLicenseState', async () => {
    const found = await sdk.resolveLicenseState(keys.usable, on('hw-1'));
    assert.deepEqual([found.getState(), found.isValid(), found.isExpired()], ['ACTIVE', true, false]);
    assert.deepEqual([found.allows('export'), found.getFeatureValue('seats')], [true, 5]);
    assert.deepEqual([found.canUpdate(), found.canDownload(), found.canSendTelemetry()], [true, true, true]);
    assert.deepEqual([found.verifyContext('hw-1'), found.verifyContext('hw-2')], [true, false]);
    assert.ok(found.getDaysUntilExpiration() >= 363);
});
step('getLicenseState', async () => assert.equal((await sdk.getLicenseState(keys.usable)).getState(), 'ACTIVE'));
step('isFeatureAllowed', async () => {
    assert.equal(await sdk.isFeatureAllowed(keys.usable, 'export'), true);
    assert.equal(await sdk.isFeatureAllowed(keys.usable, 'nothing'), false);
});
step('requireCapability', async () => assert.equal((await sdk.requireCapability(keys.usable, 'updates')).isValid(), true));
step('requireCapability of what it lacks', () => assert.rejects(sdk.requireCapability(keys.suspended, 'updates')));
step('getLicenseFile', async () => {
    const answer = good(await validator.getLicenseFile(keys.usable, on('hw-1')), 502);
    assert.equal(typeof answer.licFileContent, 'string');
    world.offline = JSON.parse(answer.offline_license);
});
step('getLicenseFile of an unknown key', async () => bad(await validator.getLicenseFile('NO-SUCH-KEY', on('hw-1')), 501));
step('validateOfflineLicense', async () => {
    for (const given of [world.offline, JSON.stringify(world.offline)]) {
        const found = sdk.validateOfflineLicense(given, on('hw-1'));
        assert.deepEqual([found.valid, found.errors], [true, []]);
    }
    assert.deepEqual(sdk.validateOfflineLicense(world.offline, on('hw-2')).errors, ['Hardware ID mismatch']);
    const altered = structuredClone(world.offline);
    altered.license.features.seats = 500;
    assert.equal(sdk.validateOfflineLicense(altered, on('hw-1')).valid, false);
});
step('checkFeature', async () => {
    const yes = good(await features.checkFeature(keys.usable, 'seats'), 200);
    assert.deepEqual([yes.feature, yes.enabled, yes.value], ['seats', true, 5]);
    assert.equal(good(await features.checkFeature(keys.usable, 'nothing'), 200).enabled, false);
    assert.equal(bad(await features.checkFeature('NO-SUCH-KEY', 'seats'), 210).enabled, false);
});
step('deactivateLicense', async () => {
    const answer = good(await sdk.deactivateLicense(keys.usable, { domain: 'shop.example.com' }), 400);
    assert.equal(answer.activation.status, 'inactive');
    assert.equal(answer.remaining_activations, 1);
    bad(await sdk.deactivateLicense(keys.usable, { domain: 'shop.example.com' }), 401);
});
step('createLicenseKeys', async () => {
    const one = { activation_limit: 3, validity_days: 30, features: { export: false }, metadata: { order: 'A-1' } };
    const answer = good(await licenses.createLicenseKeys(product.uuid, world.generator, [one, {}], world.owner), 900);
    assert.deepEqual([answer.created, answer.duplicate, answer.licenses.length], [2, 0, 2]);
    assert.deepEqual([answer.licenses[0].status, answer.licenses[0].activation_limit], ['assigned', 3]);
    assert.equal(answer.licenses[0].customer_email, world.owner);
});
step('createLicenseKeys of an unknown generator', async () => {
    const answer = bad(await licenses.createLicenseKeys(product.uuid, '0198a000-0000-7000-8000-000000000000', [{}]), 901);
    assert.ok(answer.response.errors);
});
step('updateLicenseKey', async () => {
    const changes = { activation_limit: 7, metadata: { team: 'blå' } };
    assert.equal(good(await licenses.updateLicenseKey(keys.other, changes), 950).license.activation_limit, 7);
    bad(await licenses.updateLicenseKey(keys.other, { status: 'nonsense' }), 951);
    bad(await licenses.updateLicenseKey('NO-SUCH-KEY', { status: 'blocked' }), 952);
});
step('getLicenseKeys', async () => {
    const all = good(await licenses.getLicenseKeys(), 730);
    assert.equal(all.licenses.length, all.total);
    const some = await licenses.getLicenseKeys({ product_uuid: product.uuid, status: 'suspended', customer_email: world.owner });
    assert.deepEqual(some.licenses.map((one) => one.license_key), [keys.suspended]);
});
step('getLicenseDetails', async () => {
    const answer = good(await licenses.getLicenseDetails(keys.usable), 500);
    assert.deepEqual([answer.license.license_key, answer.activations.length], [keys.usable, 2]);
    bad(await licenses.getLicenseDetails('NO-SUCH-KEY'), 501);
});
step('getAvailableLicenseKeysCount', async () => {
    assert.equal(good(await licenses.getAvailableLicenseKeysCount(product.uuid), 741).count, 6);
    assert.equal((await licenses.getAvailableLicenseKeysCount(product.uuid, world.generator)).count, 6);
});
step('assignLicenseKey', async () => {
    const answer = good(await licenses.assignLicenseKey(keys.stock0, 'eve@example.com', 'Eve'), 800);
    assert.deepEqual([answer.license.customer_email, answer.license.customer_name], ['eve@example.com', 'Eve']);
    bad(await licenses.assignLicenseKey(keys.stock0, 'mallory@example.com'), 801);
});
step('assignAndActivateLicenseKey', async () => {
    const options = { customer_name: 'Eve', metadata: { from: 'shop' } };
    const answer = good(await licenses.assignAndActivateLicenseKey(keys.stock1, 'eve@example.com', 'hw-5', options), 300);
    assert.equal(answer.activation.identifier, 'hw-5');
    good(await licenses.assignAndActivateLicenseKey(keys.stock1, 'eve@example.com', 'hw-5'), 301);
    bad(await licenses.assignAndActivateLicenseKey(keys.stock1, 'mallory@example.com', 'hw-6'), 801);
});
step('randomAssignLicenseKeys', async () => {
    const answer = good(await licenses.randomAssignLicenseKeys(product.uuid, world.generator, 2, 'bob@example.com', 'Bob'), 803);
    assert.deepEqual([answer.count, answer.licenses.length], [2, 2]);
});
step('randomAssignLicenseKeysQueued', async () => {
    const answer = good(await licenses.randomAssignLicenseKeysQueued(product.uuid, world.generator, 1, 'bob@example.com'), 807);
    assert.equal(typeof answer.job_id, 'string');
});
step('license metadata', async () => {
    good(await licenses.createLicenseKeyMeta(keys.usable, 'team', 'rød'), 453);
    bad(await licenses.createLicenseKeyMeta(keys.usable, 'team', 'x'), 452);
    good(await licenses.updateLicenseKeyMeta(keys.usable, 'team', 'blue'), 353);
    bad(await licenses.updateLicenseKeyMeta(keys.usable, 'none', 'x'), 352);
    good(await licenses.deleteLicenseKeyMeta(keys.usable, 'team'), 252);
    bad(await licenses.deleteLicenseKeyMeta(keys.usable, 'team'), 251);
});
step('deleteLicenseKey', async () => {
    good(await licenses.deleteLicenseKey(keys.deleted), 850);
    bad(await licenses.deleteLicenseKey(keys.deleted), 851);
});
step('products', async () => {
    const options = { description: 'New', features: { export: true, seats: 3 }, changelog_enabled: true };
    const made = good(await products.createProduct('Viewer', options), 750);
    assert.equal(made.product.slug, 'viewer');
    good(await products.updateProduct(made.product.uuid, { name: 'Viewer 2', status: 'inactive' }), 650);
    const names = good(await products.getAllProducts(), 810).products.map((one) => one.name);
    assert.deepEqual(names, ['Editor Ünïcode', 'Viewer 2']);
    good(await products.deleteProduct(made.product.uuid), 550);
    bad(await products.deleteProduct(made.product.uuid), 551);
    bad(await products.createProduct('Third', { slug: '!!' }), 751);
});
step('product metadata', async () => {
    good(await products.createProductMeta(product.uuid, 'vendor', 'Ünited'), 273);
    bad(await products.createProductMeta(product.uuid, 'vendor', 'x'), 272);
    good(await products.updateProductMeta(product.uuid, 'vendor', 'Z'), 373);
    assert.deepEqual(good(await products.getProductMeta(product.uuid), 631).meta_data, [{ key: 'vendor', value: 'Z' }]);
    good(await products.deleteProductMeta(product.uuid, 'vendor'), 482);
    bad(await products.deleteProductMeta(product.uuid, 'vendor'), 481);
});
step('getProduct', async () => {
    const answer = good(await products.getProduct({ product_uuid: product.uuid }), 631);
    assert.deepEqual([answer.product.uuid, answer.features.seats], [product.uuid, 5]);
});
step('getProductPublicKey', async () => {
    const answer = good(await products.getProductPublicKey({ product_slug: product.slug }), 632);
    assert.deepEqual([answer.public_key, answer.product.uuid], [world.public_key, product.uuid]);
});
step('getProductChangelog', async () => {
    assert.equal(good(await products.getProductChangelog({ product_uuid: product.uuid }), 1600).entries[0].version, '2.4.0');
    assert.equal(good(await downloads.getProductChangelog(product.slug), 1600).entries[0].version, '2.4.0');
    await assert.rejects(downloads.getProductChangelog('no-such-product'));
});
step('contracts', async () => {
    const contract = {
        contract_key: 'C-1', contract_name: 'Reseller', contract_information: 'Ten', product_id: product.id,
        license_keys_quantity: 10, status: 'active', can_get_info: 1, can_generate: 1, can_destroy: 0, can_destroy_all: 0,
    };
    const made = good(await contracts.createContract({ ...contract }), 841).contract;
    assert.deepEqual([made.contract_key, made.license_keys_quantity], ['C-1', 10]);
    assert.deepEqual(Object.keys(bad(await contracts.createContract({ ...contract }), 825).response.errors), ['contract_key']);
    assert.equal(good(await contracts.updateContract(made.id, { contract_name: 'Partner' }), 842).contract.name, 'Partner');
    assert.equal(good(await contracts.getAllContracts(), 846).contracts.length, 1);
    good(await contracts.deleteContract(made.id), 843);
    bad(await contracts.deleteContract(made.id), 844);
});
step('accessDownloadables', async () => {
    const answer = good(await downloads.accessDownloadables(keys.usable, { identifier: 'hw-1' }), 600);
    assert.deepEqual(answer.downloadables.map((one) => [one.version, one.filename]), [['2.4.0', 'setup.exe']]);
    const file = await fetch(new URL(new URL(answer.downloadables[0].download_url).pathname, world.url));
    assert.deepEqual([file.status, (await file.arrayBuffer()).byteLength], [200, answer.downloadables[0].files[0].size]);
    bad(await downloads.accessDownloadables(keys.suspended), 701);
});
step('getAllGenerators', async () => {
    assert.deepEqual(good(await downloads.getAllGenerators(product.uuid), 820).generators.map((one) => one.uuid), [world.generator]);
    assert.equal((await downloads.getAllGenerators()).generators.length, 1);
});
step('generateLicenseKeys', async () => {
    const answer = good(await downloads.generateLicenseKeys(world.generator, 3, { activation_limit: 0, validity_days: 0 }), 815);
    assert.deepEqual([answer.count, answer.licenses[0].expires_at], [3, null]);
});
step('sendTelemetry', async () => {
    const context = { license_key: keys.usable, activation_identifier: 'hw-1', user_identifier: 'u', product_id: product.uuid, product_version: '2.4.0' };
    for (const [type, values] of [['numeric-single-value', { value: 3 }], ['numeric-xy-axis', { x: 1, y: 2 }], ['text', { text: 'ø' }]]) {
        const answer = await telemetry.sendTelemetry(type, 'start', values, context);
        assert.deepEqual([answer.success, answer.is_flagged, typeof answer.telemetry_id], [true, false, 'string']);
    }
    assert.equal((await telemetry.sendTelemetry('text', 'start', { text: 'x' }, { license_key: 'NO-SUCH-KEY' })).is_flagged, true);
});
step('getTelemetryData', async () => {
    const answer = good(await telemetry.getTelemetryData('text', 'start', { license_key: keys.usable, has_red_flags: 0 }), 970);
    assert.deepEqual([answer.total, answer.records[0].data], [1, 'ø']);
});
step('a wrong API key', () => assert.rejects(client({ apiKey: 'kt_live_wrong' }).validateLicense(keys.usable)));
step('a request too many', async () => {
    const slow = client({ apiKey: world.slow_api_key });
    const waited = [];
    slow._getHttpClient()._sleep = async (ms) => { waited.push(ms); };
    await slow.validateLicense(keys.usable, on('hw-1'));
    await assert.rejects(slow.validateLicense(keys.usable, on('hw-1')));
    assert.equal(waited.length, 1);
    assert.ok(waited[0] >= 1000 && waited[0] <= 60000, `waited ${waited}`);
});
step('an answer signed by somebody else', async () => {
    const { publicKey } = require('node:crypto').generateKeyPairSync('rsa', { modulusLength: 2048 });
    const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
    await assert.rejects(client({ publicKey: publicPem }).validateLicense(keys.usable, on('hw-1')));
});
step('verifyJsonResponse', async () => {
    for (const body of verified) assert.equal(sdk._signatureVerifier.verifyJsonResponse(JSON.stringify(body)), true);
    assert.ok(verified.length > 80, `only ${verified.length} answers carried a signature`);
});

(async () => {
    const results = {};
    for (const [name, run] of Object.entries(steps)) {
        try {
            await run();
            results[name] = 'ok';
        } catch (error) {
            results[name] = String(error.stack || error);
        }
    }
    console.log(JSON.stringify(results));
})();
