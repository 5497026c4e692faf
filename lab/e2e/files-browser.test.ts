/** Files in Chromium: film plays while it loads, small pictures are made in the page, nothing active runs (SPEC Z43, Z44, Z45). */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import type * as SdkModule from 'copse';
import type * as FilesModule from 'copse/files';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { scratch } from './support/garden.ts';
import { run, startNode, type NodeChild } from './support/node.ts';

type Sdk = typeof SdkModule;
type InPage = typeof FilesModule;

const root = join(import.meta.dirname, '../..');
const found = ensureChromium();
const skip = 'reason' in found ? found.reason : false;
const SLOW = { skip, timeout: 120_000 };
/** Pieces of a slow line: a film of some megabytes takes seconds. */
const SLOW_BYTES = 32_768;
const SLOW_MS = 60;
let launched: Browser | null = null;

before(
  async () => {
    if (!('path' in found)) return;
    await run([process.execPath, 'scripts/build.ts', 'core']);
    launched = await chromium.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  },
  { timeout: 120_000 },
);
after(() => launched?.close());

interface Scene extends AsyncDisposable {
  readonly node: NodeChild;
  readonly page: Page;
  /** What has gone to the page over the slow line. */
  readonly line: { statuses: number[]; bytes: number };
}

/** The answer of the node, as over a line of half a megabyte a second. */
async function slowly(url: string, request: Request, line: Scene['line']): Promise<Response> {
  const range = request.headers.get('range');
  const answer = await fetch(url, { headers: range === null ? {} : { range }, signal: request.signal });
  line.statuses.push(answer.status);
  const bytes = await answer.bytes();
  let at = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (at >= bytes.length) return controller.close();
        await pause(SLOW_MS);
        const piece = bytes.slice(at, at + SLOW_BYTES);
        at += piece.length;
        line.bytes += piece.length;
        controller.enqueue(piece);
      },
    },
    { highWaterMark: 0 },
  );
  return new Response(body, answer);
}

/** A page at an origin of its own, with somebody who is signed in. */
async function scene(): Promise<Scene> {
  await using owned = new AsyncDisposableStack();
  const line: Scene['line'] = { statuses: [], bytes: 0 };
  let nodeUrl = '';
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname.startsWith('/files/')) return slowly(nodeUrl + pathname, request, line);
      const isScript = pathname.endsWith('.js');
      const type = { 'content-type': isScript ? 'text/javascript' : 'text/html' };
      return new Response(
        isScript ? Bun.file(join(root, 'core/dist', pathname)) : '<!doctype html><title>SDK</title>',
        { headers: type },
      );
    },
  });
  owned.defer(() => server.stop(true));
  const origin = `http://127.0.0.1:${server.port}`;
  const folder = owned.use(await scratch());
  const node = owned.use(await startNode(join(folder.path, 'data'), ['--origins', origin]));
  nodeUrl = node.url;
  const context = await must(launched, 'there is a browser').newContext();
  owned.defer(() => context.close());
  const page = await context.newPage();
  await page.goto(origin);
  await page.evaluate(async (link) => {
    const path = '/browser/index.js';
    const { openCopse }: Sdk = await import(path);
    Object.assign(window, { copse: await openCopse(link, { name: 'Ada' }) });
  }, node.setup);
  const kept = owned.move();
  return { node, page, line, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

test('[Z45, Z44] a film plays while it loads, and a page makes a small picture of it', SLOW, async () => {
  await using at = await scene();
  const { page, line } = at;
  const made = await page.evaluate(async () => {
    const copse: SdkModule.Copse = Reflect.get(window, 'copse');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [320, 180];
    const brush = canvas.getContext('2d');
    const noise = brush?.createImageData(320, 180);
    const recorder = new MediaRecorder(canvas.captureStream(30), {
      mimeType: 'video/webm',
      videoBitsPerSecond: 2_000_000,
    });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => void parts.push(data);
    const stopped = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start(200);
    const draw = (): void => {
      if (noise === undefined || recorder.state !== 'recording') return;
      for (let i = 0; i < noise.data.length; i++)
        noise.data[i] = i % 4 === 3 ? 255 : (Math.random() * 256) | 0;
      brush?.putImageData(noise, 0, 0);
      if (parts.reduce((sum, part) => sum + part.size, 0) > 1_600_000) recorder.stop();
      else requestAnimationFrame(draw);
    };
    draw();
    await stopped;
    const film = new Blob(parts, { type: 'video/webm' });
    const files = await copse.files();
    const { address } = await files.upload(film, { name: 'noise.webm' });
    const path = '/files.js';
    const { thumbnailOf }: InPage = await import(path);
    const small = await thumbnailOf(film, { side: 200 });
    const info = await files.uploadThumbnail(small);
    return {
      url: files.url(address),
      size: film.size,
      small: small.size,
      picture: info.picture,
      type: info.type,
      poster: files.url(info.address),
    };
  });
  assert.deepEqual([made.type, made.picture], ['image/webp', { width: 200, height: 113 }]);
  assert.ok(made.small < 256 << 10);
  const played = await page.evaluate(
    async ({ url, poster }) => {
      const film = document.createElement('video');
      Object.assign(film, { muted: true, src: url, poster });
      document.body.append(film);
      await film.play();
      while (film.currentTime === 0)
        await new Promise((resolve) => film.addEventListener('timeupdate', resolve, { once: true }));
      return { time: film.currentTime, width: film.videoWidth, error: film.error?.message ?? null };
    },
    { ...made, url: new URL(made.url).pathname },
  );
  const isLoaded = line.bytes >= made.size;
  assert.deepEqual([isLoaded, played.width, played.error], [false, 320, null]);
  assert.ok(played.time > 0 && made.size > 1_500_000);
  assert.deepEqual([...new Set(line.statuses)], [206]);
});

test('[Z43] what is opened as a page runs nothing, and film and pictures are shown there', SLOW, async () => {
  await using at = await scene();
  const { page, node } = at;
  const urls = await page.evaluate(async () => {
    const copse: SdkModule.Copse = Reflect.get(window, 'copse');
    const files = await copse.files();
    const canvas = new OffscreenCanvas(64, 48);
    canvas.getContext('2d')?.fillRect(0, 0, 32, 48);
    const script = '<script>document.title = "ran"; fetch("/node.json")</script><p>hello';
    const put = async (content: BlobPart, type: string): Promise<string> =>
      files.url((await files.upload(new Blob([content], { type }))).address);
    return {
      page: await put(script, 'text/html'),
      drawing: await put(`<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, 'image/svg+xml'),
      lying: await put(script, 'image/png'),
      text: await put(script, 'text/plain'),
      picture: await put(await canvas.convertToBlob({ type: 'image/png' }), 'image/png'),
    };
  });
  const other = await page.context().newPage();
  for (const url of [urls.page, urls.drawing, urls.lying]) {
    const [download] = await Promise.all([other.waitForEvent('download'), other.goto(url).catch(() => null)]);
    assert.equal(download.url(), url);
    await download.cancel();
  }
  await other.goto(urls.text);
  assert.equal(await other.title(), '');
  assert.match(await other.locator('body').innerText(), /<script>/);
  await other.goto(urls.picture);
  assert.equal(await other.evaluate(() => document.images[0]?.naturalWidth), 64);
  // Neither may a page take one for its own: the types of scripts and styles are not given.
  await other.goto(`${node.url}/healthz`);
  const ran = await page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const script = document.createElement('script');
        script.addEventListener('error', () => resolve('refused'));
        script.addEventListener('load', () => resolve('ran'));
        script.src = url;
        document.head.append(script);
      }),
    urls.text,
  );
  assert.equal(ran, 'refused');
  await other.close();
});
