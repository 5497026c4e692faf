/** The three runtimes that must agree: each takes a file of cases and answers the judge's report. */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { isReport, type Report } from './crypto-case.ts';

const here = dirname(fileURLToPath(import.meta.url));
const CHROMIUM = '/usr/bin/chromium';
const CONDITIONS = '--conditions=copse-source';
const PAGE_MS = 180_000;

export interface Runtime {
  readonly name: string;
  run(casesFile: string, scratch: string): Promise<Report>;
}

export const runtimes: readonly Runtime[] = [
  {
    name: 'Bun',
    run: async (casesFile) => inProcess(process.execPath, [CONDITIONS, entry('process')], casesFile),
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

/** Node 20 runs no TypeScript: the same sources go through Bun's bundler first. */
async function inNode(casesFile: string, scratch: string): Promise<Report> {
  const bundle = bundled('process', 'node', scratch);
  return inProcess('node', [bundle], casesFile);
}

function bundled(name: string, target: 'node' | 'browser', scratch: string): string {
  const out = join(scratch, `${name}.mjs`);
  const args = ['build', entry(name), CONDITIONS, `--target=${target}`, `--outfile=${out}`];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`bundling ${name} failed: ${child.stderr}`);
  return out;
}

async function inChromium(casesFile: string, scratch: string): Promise<Report> {
  ensureChromium();
  const script = bundled('page', 'browser', scratch);
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
    fetch: () => new Response('not here', { status: 404 }),
  });
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
