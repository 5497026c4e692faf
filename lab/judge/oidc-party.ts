/** The other parties of a sign-in: a node in this process, devices at its facet, and browsers without a head. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { emailApi, type EmailRemote } from 'copse/internal/api/email.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { recoveryTools } from 'copse/internal/client/open.ts';
import { visit, type Visit } from 'copse/internal/client/recovery-realms.ts';
import { nativeRuntime } from 'copse/internal/native/runtime.ts';
import { composeNode, type RunningNode } from '../../server/src/node/compose.ts';
import { readSettings } from '../../server/src/node/settings.ts';
import { CLIENT, SECRET, type House } from './oidc-house.ts';

/** A node whose clock can be put forward, and which remembers what it logged. */
export class Party implements AsyncDisposable {
  readonly lines: string[] = [];
  readonly #scratch = mkdtempSync(join(tmpdir(), 'copse-judge-oidc-'));
  #aheadMs = 0;
  #node: RunningNode | null = null;
  readonly #visits: Visit[] = [];

  async open(houses: Readonly<Record<string, House>>): Promise<string> {
    const rows = Object.entries(houses).map(([id, { issuer }]) =>
      [
        '[[provider]]',
        `id = "${id}"`,
        `name = "Provider ${id}"`,
        `issuer = "${issuer}"`,
        `clientId = "${CLIENT}"`,
        'clientSecretFile = "client.secret"',
      ].join('\n'),
    );
    const file = join(this.#scratch, 'oidc.toml');
    writeFileSync(file, rows.join('\n\n'));
    writeFileSync(join(this.#scratch, 'client.secret'), `${SECRET}\n`);
    const flags = { data: join(this.#scratch, 'data'), port: 0, oidc: file };
    this.#node = await composeNode(readSettings({ flags, environment: {}, file: {} }), this.#env());
    const { url } = this.#node;
    const redirects = Object.keys(houses).map((id) => `${url}/oidc/return/${id}`);
    for (const house of Object.values(houses)) await house.furnish(redirects);
    return url;
  }

  /** A device without a user, on a connection of its own. */
  async device(): Promise<EmailRemote> {
    const url = this.#node?.url ?? '';
    const visited = await visit(recoveryTools(nativeRuntime(), {}), url);
    this.#visits.push(visited);
    return visited.session.facet(emailApi, {});
  }

  /** With which somebody becomes the admin. */
  get setup(): Uint8Array | null {
    return this.#node?.setupSecret ?? null;
  }

  wait(ms: number): void {
    this.#aheadMs += ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const visited of this.#visits) visited[Symbol.dispose]();
    await this.#node?.[Symbol.asyncDispose]();
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #env(): Env {
    const env = realEnv((level, event, fields = {}) => {
      this.lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
    });
    return { ...env, nowMs: () => env.nowMs() + this.#aheadMs };
  }
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A browser with a memory for cookies, which goes where it is sent. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Follows the way of a sign-in until it leads back to the node, and answers that address. */
  async until(begin: string, isThere: (url: URL) => boolean): Promise<URL> {
    let url = new URL(begin);
    for (let step = 0; step < 12; step++) {
      if (isThere(url)) return url;
      const answer = await this.#get(url);
      const next = answer.headers.get('location');
      if (next === null) throw new Error(`${url.pathname} answered ${answer.status}: ${await answer.text()}`);
      url = new URL(next, url);
    }
    throw new Error('too many redirects');
  }

  async show(url: URL): Promise<Page> {
    const answer = await this.#get(url);
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  async #get(url: URL): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/su);
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** The digits that a page shows, or null. */
export function digitsOf({ text }: Page): string | null {
  return /<output[^>]*>(\d{3} \d{3})<\/output>/u.exec(text)?.[1] ?? null;
}
