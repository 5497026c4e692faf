/** Opens the app among the people of the fake node in Chromium, under the policy of the node. */

import assert from 'node:assert/strict';
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { bundle } from '../build/bundle.ts';
import { serve, type Served } from '../build/serve.ts';

/** The first site of the fake node and its logs. */
export const garden = '#/site/0d5ac1f2e6b74398a1d0c2b3e4f50617';
/** A site of one member with an empty log. */
export const house = '#/site/f1029384a5b6c7d8e9fa0b1c2d3e4f50';

export interface Look {
  readonly scheme: 'light' | 'dark';
  readonly width: number;
}

export const wide: Look = { scheme: 'light', width: 1280 };
export const narrow: Look = { scheme: 'dark', width: 360 };

export interface Visit {
  readonly page: Page;
  /** What the browser complained about: errors, warnings, violations of the policy. */
  readonly complaints: readonly string[];
}

export class Visits implements AsyncDisposable {
  readonly #browser: Browser;
  readonly #served: Served;

  private constructor(browser: Browser, served: Served) {
    this.#browser = browser;
    this.#served = served;
  }

  static async begin(executablePath: string, args: readonly string[]): Promise<Visits> {
    const assets = await bundle({ entry: 'src/fake/main.tsx', minify: false });
    const served = serve(() => Promise.resolve(assets));
    const browser = await chromium.launch({ executablePath, args: [...args] });
    return new Visits(browser, served);
  }

  get origin(): string {
    return this.#served.url;
  }

  /** `path` is what follows the origin, such as `?as=stranger#/signup`. */
  async open(path: string, look: Look = wide): Promise<Visit> {
    const context = await this.#browser.newContext(settingsOf(look));
    const page = await context.newPage();
    const complaints: string[] = [];
    listen(page, complaints);
    await page.goto(`${this.#served.url}/${addressOf(path)}`);
    await page.locator('h1').first().waitFor();
    return { page, complaints };
  }

  /** One page that goes from room to room, each time as if nobody had been there; `script` runs in each before its own. */
  async tour(script: string): Promise<Tour> {
    const context = await this.#browser.newContext(settingsOf(wide));
    await context.addInitScript(script);
    return new Tour(await context.newPage(), this.#served.url);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.#served.stop();
  }
}

export class Tour {
  readonly #page: Page;
  readonly #origin: string;
  #complaints: string[] = [];

  constructor(page: Page, origin: string) {
    this.#page = page;
    this.#origin = origin;
    listen(page, { push: (...lines) => this.#complaints.push(...lines) });
  }

  /** Turns the device, and the light on or off, where one is. */
  async turn(look: Look): Promise<void> {
    const { colorScheme, viewport } = settingsOf(look);
    await this.#page.setViewportSize(viewport);
    await this.#page.emulateMedia({ colorScheme });
  }

  /** The page and its list of complaints are good until the next room. */
  async open(path: string): Promise<Visit> {
    const page = this.#page;
    await page.goto('about:blank');
    const session = await page.context().newCDPSession(page);
    await session.send('Storage.clearDataForOrigin', { origin: this.#origin, storageTypes: 'all' });
    await session.detach();
    const complaints: string[] = [];
    this.#complaints = complaints;
    await page.goto(`${this.#origin}/${addressOf(path)}`);
    await page.locator('h1').first().waitFor();
    return { page, complaints };
  }
}

function settingsOf({ scheme, width }: Look) {
  const viewport = { width, height: width < 600 ? 740 : 820 };
  return { colorScheme: scheme, viewport, reducedMotion: 'reduce' } as const satisfies BrowserContextOptions;
}

function addressOf(path: string): string {
  const [search = '', hash = ''] = path.split(/(?=#)/u);
  return `${search === '' ? '?delay=0' : `${search}&delay=0`}${hash}`;
}

function listen(page: Page, complaints: Pick<string[], 'push'>): void {
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
}

/** Makes something happen on the fake node: `happen(page, 'status', 'offline')`. */
export async function happen(page: Page, what: string, ...given: readonly string[]): Promise<void> {
  await page.evaluate(
    ([name, values]) => {
      const fake: unknown = Reflect.get(globalThis, 'copseFake');
      if (typeof fake !== 'object' || fake === null) throw new Error('the page has no fake node');
      const action: unknown = Reflect.get(fake, name);
      if (typeof action === 'function') action(...values);
    },
    [what, given] as const,
  );
}

/** The heading of a room. */
export function heading(page: Page, name: string): Locator {
  return page.getByRole('heading', { name, level: 1, exact: true });
}

export async function close({ page, complaints }: Visit): Promise<void> {
  await page.context().close();
  assert.deepEqual(complaints, []);
}
