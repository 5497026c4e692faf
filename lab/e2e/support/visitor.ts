/**
 * One person with a browser of her own, and what she does in the app, found by roles and names as she would.
 * Keeps what the browser complained about and every host it asked, for the checks at the end.
 */

import { must } from 'copse/internal/base/assert.ts';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';

/** Generous: the machine may be busy with something else. */
const PATIENCE_MS = 12_000;

/** What Chromium prints by itself while a node is away; everything else is a complaint. */
const OUTAGE =
  /WebSocket connection to '[^']*' failed: |net::ERR_(?:CONNECTION|INTERNET|NETWORK|SOCKET|EMPTY)/u;

export class Visitor implements AsyncDisposable {
  readonly name: string;
  readonly context: BrowserContext;
  /** Errors, warnings and violations of the policy, of all tabs. */
  readonly complaints: string[] = [];
  /** Failed connections, as the browser reports them. */
  readonly outages: string[] = [];
  /** Hosts of everything that was asked for. */
  readonly hosts = new Set<string>();
  /** Messages that left over WebSockets. */
  readonly sent: Buffer[] = [];
  #page: Page | null = null;
  readonly #sockets = new Map<Page, number>();

  private constructor(name: string, context: BrowserContext) {
    this.name = name;
    this.context = context;
    context.setDefaultTimeout(PATIENCE_MS);
    context.on('page', (page) => this.#watch(page));
    context.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    context.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      (OUTAGE.test(message.text()) ? this.outages : this.complaints).push(message.text());
    });
    context.on('weberror', (error) => this.complaints.push(String(error.error())));
  }

  static async arrive(browser: Browser, name: string, options: BrowserContextOptions = {}): Promise<Visitor> {
    const context = await browser.newContext({ reducedMotion: 'reduce', ...options });
    const visitor = new Visitor(name, context);
    visitor.#page = await context.newPage();
    return visitor;
  }

  get page(): Page {
    return must(this.#page, 'a visitor has a page');
  }

  #watch(page: Page): void {
    this.#sockets.set(page, 0);
    const add = (by: number): void => void this.#sockets.set(page, (this.#sockets.get(page) ?? 0) + by);
    page.on('websocket', (socket) => {
      this.hosts.add(new URL(socket.url()).host);
      // A room of the neighbourhood has a line of its own.
      if (new URL(socket.url()).pathname !== '/peer') {
        add(1);
        socket.on('close', () => add(-1));
      }
      socket.on('framesent', ({ payload }) => this.sent.push(Buffer.from(payload)));
    });
  }

  /** Open WebSockets of a tab to auth and the tail. */
  socketsOf(page: Page): number {
    return this.#sockets.get(page) ?? 0;
  }

  async openTab(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Closes the tab that she was in. */
  async moveTo(page: Page): Promise<void> {
    const before = this.page;
    this.#page = page;
    await before.close();
  }

  async open(url: string): Promise<void> {
    await this.page.goto(url);
  }

  /** Takes up what she was invited or admitted to: gives her name and presses the button. */
  async signUp(button: string | RegExp): Promise<void> {
    await this.page.getByLabel('Your name').fill(this.name);
    await this.page.getByRole('button', { name: button }).click();
    await heading(this.page, 'Your 24 words').waitFor();
    await this.page.getByRole('button', { name: 'Later' }).click();
  }

  async found(title: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Found a site' }).first().click();
    await this.page.getByLabel('What is it called?').fill(title);
    await this.page.getByRole('button', { name: 'Found it' }).click();
  }

  /** Makes a link in the room of people and comes back to the log. */
  async invite(): Promise<string> {
    const back = this.page.url();
    await this.page.getByRole('link', { name: 'People' }).first().click();
    await this.page.getByRole('button', { name: 'Make a link' }).click();
    const link = await this.page.getByLabel('Invitation link').inputValue();
    await this.page.goto(back);
    return link;
  }

  async write(text: string, log = 'chat'): Promise<void> {
    await this.page.getByRole('textbox', { name: `Write in ${log}` }).fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Resolves when the text stands in the conversation. */
  async reads(text: string, page = this.page): Promise<void> {
    await message(page, text).waitFor();
  }

  /** Resolves when nothing that she wrote waits any more. */
  async isSent(): Promise<void> {
    await this.page.locator('.message.waiting').first().waitFor({ state: 'detached' });
    await this.page.waitForFunction(() => document.querySelector('.message.waiting') === null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

/** The heading of a room. */
export function heading(page: Page, name: string | RegExp): Locator {
  return page.getByRole('heading', { name, level: 1, exact: true });
}

function messages(page: Page): Locator {
  return page.getByRole('region', { name: /^Messages in / }).getByRole('listitem');
}

function message(page: Page, text: string): Locator {
  return messages(page).filter({ hasText: text });
}

/** The words of the conversation from top to bottom. */
export async function texts(page: Page): Promise<readonly string[]> {
  return messages(page).locator('.text').allTextContents();
}
