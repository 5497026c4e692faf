/** The three runtimes that must agree: each takes a file of cases and answers the judge's report. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { isReport, type Report } from './crypto-case.ts';
import { isJudgingPublished, published, publishedPlugin, type Form } from './published.ts';

const here = dirname(fileURLToPath(import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const PRELOAD = join(here, 'published.ts');
/** Where the page finds the published files. */
const FILES = '/published/';
const PAGE_MS = 180_000;

export interface Runtime {
  readonly name: string;
  run(casesFile: string, scratch: string): Promise<Report>;
}

const how = isJudgingPublished ? ['--preload', PRELOAD] : ['--conditions=copse-source'];

export const runtimes: readonly Runtime[] = [
  {
    name: 'Bun',
    run: async (casesFile) => inProcess(process.execPath, [...how, entry('process')], casesFile),
  },
  { name: 'Node', run: inNode },
  { name: 'Chromium', run: inChromium },
];

function entry(name: string): string {
  return join(here, `crypto-${name}.ts`);
}

function inProcess(program: string, args: readonly string[], casesFile: string): Report {
  const child = spawnSync(program, [...args, casesFile], { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (child.error !== undefined) throw new Error(`${program} did not start`, { cause: child.error });
  if (child.status !== 0) throw new Error(`${program} ended with ${child.status}: ${child.stderr}`);
  return reportOf(child.stdout);
}

/** Node 20 runs no TypeScript: what asks goes through Bun's bundler first; what is judged stays the file that it is. */
async function inNode(casesFile: string, scratch: string): Promise<Report> {
  const bundle = await bundled('process', 'native', scratch);
  return inProcess('node', [bundle], casesFile);
}

async function bundled(name: string, form: Form, scratch: string): Promise<string> {
  const at = (file: string): string =>
    form === 'browser' ? `${FILES}${relative(published.folder, file)}` : file;
  const result = await Bun.build({
    entrypoints: [entry(name)],
    outdir: scratch,
    naming: `${name}.mjs`,
    target: form === 'browser' ? 'browser' : 'node',
    conditions: isJudgingPublished ? [] : ['copse-source'],
    plugins: isJudgingPublished
      ? [publishedPlugin(form, (file) => ({ path: at(file), external: true }))]
      : [],
  });
  for (const log of result.logs) console.error(log.message);
  return join(scratch, `${name}.mjs`);
}

async function inChromium(casesFile: string, scratch: string): Promise<Report> {
  ensureChromium();
  const script = await bundled('page', 'browser', scratch);
  const answered = Promise.withResolvers<string>();
  const server = serve(readFileSync(script), readFileSync(casesFile), answered.resolve);
  const isRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: isRoot ? ['--no-sandbox'] : [],
  });
  const timer = setTimeout(() => answered.reject(new Error('the page did not answer')), PAGE_MS);
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => answered.reject(error));
    await page.goto(`http://127.0.0.1:${server.port}/`);
    return reportOf(await answered.promise);
  } finally {
    clearTimeout(timer);
    await browser.close();
    await server.stop(true);
  }
}

function serve(
  script: Uint8Array<ArrayBuffer>,
  cases: Uint8Array<ArrayBuffer>,
  answered: (report: string) => void,
) {
  const html = '<!doctype html><title>judge</title><script type="module" src="/page.js"></script>';
  return Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    routes: {
      '/': () => new Response(html, { headers: { 'content-type': 'text/html' } }),
      '/page.js': () => new Response(script, { headers: { 'content-type': 'text/javascript' } }),
      '/cases.json': () => new Response(cases, { headers: { 'content-type': 'application/json' } }),
      '/report': {
        POST: async (request) => {
          answered(await request.text());
          return new Response('thanks');
        },
      },
    },
    fetch: (request) => publishedFile(new URL(request.url).pathname),
  });
}

/** Only as many as there are: a page that asks for another file gets none. */
async function publishedFile(path: string): Promise<Response> {
  const file = Bun.file(join(published.folder, path.slice(FILES.length)));
  if (!path.startsWith(FILES) || path.includes('..') || !(await file.exists())) {
    return new Response('not here', { status: 404 });
  }
  return new Response(file, { headers: { 'content-type': 'text/javascript' } });
}

/** A machine of the pipeline has none yet and may install it; a person is told how. */
function ensureChromium(): void {
  if (existsSync(CHROMIUM)) return;
  const hint = `${CHROMIUM} is missing: apt-get update && apt-get install -y chromium`;
  if (process.getuid?.() !== 0) throw new Error(hint);
  console.log('installing chromium …');
  for (const args of [['update'], ['install', '-y', 'chromium']]) {
    const child = spawnSync('apt-get', args, { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(`${hint} (apt-get ${args.join(' ')} failed: ${child.stderr})`);
  }
}

function reportOf(json: string): Report {
  const report: unknown = JSON.parse(json);
  if (!isReport(report)) throw new Error(`no report came: ${json.slice(0, 500)}`);
  return report;
}
