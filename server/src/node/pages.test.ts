import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { assetsIn } from './assets.ts';
import { Pages, type PagesOptions } from './pages.ts';

const scratch = mkdtempSync(join(tmpdir(), 'copse-pages-'));
after(() => rmSync(scratch, { recursive: true }));

const SCRIPT = `console.log(${JSON.stringify('copse '.repeat(400))})`;
const FILES = {
  'index.html': { type: 'text/html; charset=utf-8', text: '<!doctype html>', immutable: false },
  'app-0a1b2c3d.js': { type: 'text/javascript; charset=utf-8', text: SCRIPT, immutable: true },
  'peer-0a1b2c3d.js': {
    type: 'text/javascript; charset=utf-8',
    text: SCRIPT,
    immutable: true,
    runsWasm: true,
  },
  'sqlite3-0a1b2c3d.wasm': { type: 'application/wasm', text: SCRIPT, immutable: true },
} as const;

function writeManifest(files: unknown): void {
  writeFileSync(join(scratch, 'manifest.json'), JSON.stringify({ files }));
}

const rows = Object.entries(FILES).map(([path, { text, ...row }]) => {
  writeFileSync(join(scratch, path), text);
  return { path, ...row, sha256: createHash('sha256').update(text).digest('hex') };
});
writeManifest(rows);
const assets = assetsIn(scratch);

const usual: PagesOptions = {
  assets,
  node: () => ({ key: 'k', version: '0.1.0', protocol: 1 }),
  notReady: () => null,
  figures: () => [{ name: 'tailConnections', unit: '', value: '2' }],
  metrics: true,
  secure: false,
};

async function ask(
  path: string,
  options: {
    readonly method?: string;
    readonly headers?: HeadersInit;
    readonly pages?: Partial<PagesOptions>;
  } = {},
): Promise<Response> {
  const { method = 'GET', headers = {} } = options;
  const request = new Request(`http://127.0.0.1:7070${path}`, { method, headers });
  return new Pages({ ...usual, ...options.pages }).answer(request, path);
}

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' http: https: ws: wss:; " +
  "img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types solid";

test('[N4] every answer carries the strict policy and the headers beside it', async () => {
  const answers = [
    await ask('/'),
    await ask('/app-0a1b2c3d.js', { headers: { 'accept-encoding': 'gzip' } }),
    await ask('/healthz'),
    await ask('/nothing'),
    await ask('/', { method: 'POST' }),
    await ask('/node.json'),
    await ask('/', { headers: { 'if-none-match': '*' } }),
    await ask('/', { pages: { assets: null } }),
  ];
  for (const { headers } of answers) {
    assert.equal(headers.get('content-security-policy'), POLICY);
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('referrer-policy'), 'no-referrer');
    assert.equal(headers.get('cross-origin-opener-policy'), 'same-origin');
    assert.equal(headers.get('permissions-policy'), 'camera=(self), microphone=(), geolocation=()');
    assert.equal(headers.get('strict-transport-security'), null);
  }
  // Only calls go elsewhere, to the nodes of friends; code, styles and frames do not.
  assert.doesNotMatch(POLICY.replace(/connect-src [^;]*;/, ''), /unsafe|\*|https?:|wss?:/);
  const secure = await ask('/', { pages: { secure: true } });
  assert.match(secure.headers.get('strict-transport-security') ?? '', /^max-age=\d+$/);
});

test('[N4] the page is asked for again each time, hashed files are kept for good', async () => {
  const page = await ask('/');
  assert.equal(page.headers.get('cache-control'), 'no-cache');
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(await page.text(), FILES['index.html'].text);
  const script = await ask('/app-0a1b2c3d.js');
  assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(await script.text(), SCRIPT);
});

test('[N4] who has a file already is answered 304', async () => {
  const etag = (await ask('/app-0a1b2c3d.js')).headers.get('etag') ?? '';
  for (const held of [etag, `"other", ${etag}`, etag.replace('W/', ''), '*']) {
    const answer = await ask('/app-0a1b2c3d.js', { headers: { 'if-none-match': held } });
    assert.equal(answer.status, 304, held);
    assert.equal(await answer.text(), '');
    assert.equal(answer.headers.get('etag'), etag);
  }
  const other = await ask('/app-0a1b2c3d.js', { headers: { 'if-none-match': '"other"' } });
  assert.equal(other.status, 200);
});

test('[N4] the script that runs WebAssembly may, under a policy of its own, and nothing else may', async () => {
  const worker = await ask('/peer-0a1b2c3d.js');
  assert.equal(
    worker.headers.get('content-security-policy'),
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' http: https: ws: wss:",
  );
  const program = await ask('/sqlite3-0a1b2c3d.wasm', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(program.headers.get('content-type'), 'application/wasm');
  assert.equal(program.headers.get('content-encoding'), 'gzip');
  assert.match(program.headers.get('cache-control') ?? '', /immutable/u);
  for (const { headers } of [program, await ask('/')])
    assert.equal(headers.get('content-security-policy'), POLICY);
  writeManifest([{ ...rows[0], runsWasm: 'yes' }]);
  assert.throws(() => assetsIn(scratch), { code: 'corrupt' });
  writeManifest(rows);
});

test('[N4] text goes out compressed where the browser takes it and it saves something', async () => {
  const headers = { 'accept-encoding': 'gzip, deflate, br' };
  const script = await ask('/app-0a1b2c3d.js', { headers });
  assert.equal(script.headers.get('content-encoding'), 'gzip');
  assert.equal(script.headers.get('vary'), 'accept-encoding');
  const bytes = new Uint8Array(await script.arrayBuffer());
  assert.ok(bytes.length < SCRIPT.length / 2);
  assert.equal(new TextDecoder().decode(Bun.gunzipSync(bytes)), SCRIPT);
  const page = await ask('/', { headers });
  assert.equal(page.headers.get('content-encoding'), null, 'a tiny page is not compressed');
});

test('[N4] only files of the manifest are served, and a manifest that leaves its directory is refused', async () => {
  const paths = ['/manifest.json', '/../package.json', '/index.html/', '/APP-0a1b2c3d.js', '//index.html'];
  for (const path of [...paths, '/constructor', '/%2e%2e/x'])
    assert.equal((await ask(path)).status, 404, path);
  const [row] = rows;
  const spoiled = [
    [{ ...row, path: '../secret' }],
    [{ ...row, path: '/etc/passwd' }],
    [{ ...row, path: 'a//b' }],
    [{ ...row, sha256: 'no' }],
    [{ ...row, type: 5 }],
    {},
    null,
  ];
  for (const files of spoiled) {
    writeManifest(files);
    assert.throws(() => assetsIn(scratch), { code: 'corrupt' }, JSON.stringify(files));
  }
  writeManifest(rows);
});

test('[N4] a node without the app says so, and only there', async () => {
  const answer = await ask('/', { pages: { assets: null } });
  assert.match(await answer.text(), /npm run build/);
  assert.equal((await ask('/app.js', { pages: { assets: null } })).status, 404);
});

test('[N3] health is 200, readiness 200 or 503 with the reason', async () => {
  assert.equal((await ask('/healthz')).status, 200);
  assert.equal((await ask('/readyz')).status, 200);
  const why = await ask('/readyz', { pages: { notReady: () => 'the disk is full' } });
  assert.equal(why.status, 503);
  assert.equal(await why.text(), 'the disk is full\n');
  assert.equal(why.headers.get('cache-control'), 'no-store');
});

test('[N3] metrics are answered only where they are allowed', async () => {
  const answer = await ask('/metrics');
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
  const text = await answer.text();
  assert.match(text, /^copse_tail_connections 2$/m);
  assert.ok(text.endsWith('1\n') && !text.endsWith('\n\n'));
  assert.equal((await ask('/metrics', { pages: { metrics: false } })).status, 404);
});

test('[N3] a page of any origin may ask who the node is, and nothing else', async () => {
  const answer = await ask('/node.json');
  assert.deepEqual(await answer.json(), { key: 'k', version: '0.1.0', protocol: 1 });
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('cross-origin-resource-policy'), 'cross-origin');
  assert.equal((await ask('/')).headers.get('access-control-allow-origin'), null);
});

test('[N3] other methods are refused with those that work', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await ask('/', { method });
    assert.equal(answer.status, 405, method);
    assert.equal(answer.headers.get('allow'), 'GET, HEAD');
  }
});
