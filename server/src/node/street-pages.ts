/**
 * Posts as pages for everybody, without a script (SPEC U45): one post with its answers at `/p/<id>`, what a person
 * has posted at `/u/<key>`, and the same as Atom at `/u/<key>.atom`. They show what a stranger may read of the peer,
 * and check it as any reader does. Made once in a few seconds, whoever asks, so that a page that many look at costs
 * as much as one that few do.
 */

import type { PeerApi } from 'copse/internal/api/peer.ts';
import { fromHex, hex } from 'copse/internal/base/bytes.ts';
import { Cache } from 'copse/internal/base/cache.ts';
import type { Env } from 'copse/internal/base/env.ts';
import { addressesMeteredMax } from 'copse/internal/base/limits.ts';
import {
  streetPageAnswersMax,
  streetPageMs,
  streetPagePostsMax,
  streetPagesBurst,
  streetPagesHeldMax,
  streetPagesPerSecond,
} from 'copse/internal/base/limits-peer.ts';
import { Meter } from 'copse/internal/base/meter.ts';
import { decodeProfile } from 'copse/internal/client/neighbourhood/profile.ts';
import { checkedRow, postOf } from 'copse/internal/client/neighbourhood/read.ts';
import type { Post, PostCursor } from 'copse/internal/client/neighbourhood/types.ts';
import type { Primitives } from 'copse/internal/crypto/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { addressGroup } from '../auth/rates.ts';
import {
  atomOf,
  callName,
  escaped,
  lineOf,
  pageHtml,
  postHtml,
  STREET_POLICY,
  type ShownPerson,
  type ShownFile,
  type ShownPost,
} from './street-html.ts';

export interface StreetPagesOptions {
  /** What a stranger may ask of the peer. */
  readonly peer: Pick<PeerApi, 'get' | 'page' | 'current'>;
  readonly primitives: Primitives;
  readonly env: Env;
  /** Of the node, for links that leave it. */
  readonly origin: () => string;
  /** Headers that every answer of the node carries. */
  readonly headers: Readonly<Record<string, string>>;
}

const PATH = /^\/(?:p\/(?<post>[0-9a-f]{64})|u\/(?<person>[0-9a-f]{64})(?<atom>\.atom)?)$/;
const BEFORE = /^(\d{1,15})\.(\d{1,15})$/;
const HTML = 'text/html; charset=utf-8';
const ATOM = 'application/atom+xml; charset=utf-8';

interface Made {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly untilMs: number;
}

export class StreetPages {
  readonly #options: StreetPagesOptions;
  readonly #meterByAddress = new Cache<string, Meter>(addressesMeteredMax);
  readonly #made = new Cache<string, Promise<Made>>(streetPagesHeldMax);

  constructor(options: StreetPagesOptions) {
    this.#options = options;
  }

  static answers(path: string): boolean {
    return path.startsWith('/p/') || path.startsWith('/u/');
  }

  /** The answer to a GET or HEAD of a path that begins with `/p/` or `/u/`. */
  async answer(request: Request, path: string, address: string): Promise<Response> {
    const waitMs = this.#meter(address).take(this.#options.env.nowMs());
    if (waitMs > 0) {
      const wait = { 'retry-after': String(Math.ceil(waitMs / 1000)), 'cache-control': 'no-store' };
      return this.#respond(
        { ...this.#missing('Too many pages were asked for. Wait a moment.'), status: 429 },
        wait,
      );
    }
    const parts = PATH.exec(path)?.groups;
    if (parts === undefined) return this.#respond(this.#missing('There is no such page.'));
    const before = beforeIn(request.url);
    return this.#respond(
      await this.#held(`${path} ${before?.timeMs ?? ''} ${before?.seq ?? ''}`, () =>
        this.#page(parts, before),
      ),
    );
  }

  #page(parts: Readonly<Record<string, string | undefined>>, before: PostCursor | null): Promise<Made> {
    const { post, person, atom } = parts;
    if (post !== undefined) return this.#post(post);
    return atom === undefined ? this.#posts(person ?? '', before) : this.#atom(person ?? '');
  }

  /** One page in the making serves all who ask for it meanwhile. */
  async #held(name: string, make: () => Promise<Made>): Promise<Made> {
    const held = this.#made.get(name);
    const made = await held?.catch(() => null);
    if (made !== undefined && made !== null && made.untilMs > this.#options.env.nowMs()) return made;
    const making = make();
    this.#made.set(name, making);
    making.catch(() => this.#made.delete(name));
    return making;
  }

  async #post(id: string): Promise<Made> {
    const found = await this.#shown(await this.#get(id), new Map());
    if (found === null)
      return this.#missing('This post is not here: it was taken back, or it was never on this node.');
    const { peer } = this.#options;
    const key = bytesOf(id).slice(0, 16);
    const of = [
      { relation: 'replies' as const, key },
      { relation: 'thread' as const, key },
    ];
    const { rows } = await peer.page({ of, before: null, rows: streetPageAnswersMax });
    const people = new Map([[found.from.key, found.from]]);
    const answers: ShownPost[] = [];
    for (const row of rows.toReversed()) {
      const answer = await this.#shown(await postOf(this.#options.primitives, row), people);
      if (answer !== null && answer.shared === null && answer.answers !== null) answers.push(answer);
    }
    const more =
      rows.length < streetPageAnswersMax ? '' : '<p class="soft">Earlier answers are shown in the app.</p>\n';
    const head = answers.length === 0 ? '' : `<h2>Answers</h2>\n${more}`;
    const name = callName(found.from);
    return this.#html({
      title: `${name}: ${lineOf(found.text, 80)}`,
      description: found.text === '' ? (found.shared?.text ?? '') : found.text,
      url: `${this.#options.origin()}/p/${id}`,
      type: 'article',
      feed: `/u/${found.from.key}.atom`,
      body: `<h1><bdi>${escaped(name)}</bdi></h1>\n${postHtml(found)}${head}${answers.map(postHtml).join('')}<p><a href="/#/post/${id}">Answer in the app</a></p>\n`,
    });
  }

  async #posts(key: string, before: PostCursor | null): Promise<Made> {
    const person = await this.#person(key, new Map());
    const { posts, next } = await this.#postsOf(person, before);
    if (posts.length === 0 && person.name === '' && before === null)
      return this.#missing('Nobody with this key has posted anything on this node.');
    const name = callName(person);
    const about = person.about === '' ? '' : `<p class="text" dir="auto">${escaped(person.about)}</p>\n`;
    const list = posts.length === 0 ? '<p class="soft">No posts.</p>\n' : posts.map(postHtml).join('');
    const older =
      next === null
        ? ''
        : `<p><a rel="next" href="/u/${key}?before=${next.timeMs}.${next.seq}">Older posts</a></p>\n`;
    const ways = `<p class="soft"><a href="/u/${key}.atom">Atom feed</a> · <a href="/#/person/${key}">Follow in the app</a> · <a href="/#/knock/${key}">Write to <bdi>${escaped(name)}</bdi></a></p>\n`;
    return this.#html({
      title: name,
      description: person.about === '' ? `What ${name} has posted` : person.about,
      url: `${this.#options.origin()}/u/${key}`,
      type: 'profile',
      feed: `/u/${key}.atom`,
      body: `<h1><bdi>${escaped(name)}</bdi></h1>\n${about}${ways}${list}${older}`,
    });
  }

  async #atom(key: string): Promise<Made> {
    const person = await this.#person(key, new Map());
    const { posts } = await this.#postsOf(person, null);
    if (posts.length === 0 && person.name === '')
      return this.#missing('Nobody with this key has posted anything on this node.');
    return this.#kept({ type: ATOM, body: atomOf({ origin: this.#options.origin(), person, posts }) });
  }

  async #postsOf(
    person: ShownPerson,
    before: PostCursor | null,
  ): Promise<{ readonly posts: readonly ShownPost[]; readonly next: PostCursor | null }> {
    const of = [{ relation: 'posts' as const, key: bytesOf(person.key).slice(0, 16) }];
    const { rows } = await this.#options.peer.page({ of, before, rows: streetPagePostsMax });
    const people = new Map([[person.key, person]]);
    const posts: ShownPost[] = [];
    let last: Post | null = null;
    for (const row of rows) {
      last = await postOf(this.#options.primitives, row);
      const post = hex(last.from) === person.key ? await this.#shown(last, people) : null;
      if (post !== null) posts.push(post);
    }
    return { posts, next: rows.length < streetPagePostsMax ? null : (last?.cursor ?? null) };
  }

  async #get(id: string): Promise<Post | null> {
    const { rows } = await this.#options.peer.get({ ids: [bytesOf(id)] });
    const [row] = rows;
    if (row === undefined) return null;
    // Reactions and statements have ids, too, and are nothing to read.
    const { kind } = await checkedRow(this.#options.primitives, row.message);
    return kind === KIND.post || kind === KIND.share ? postOf(this.#options.primitives, row) : null;
  }

  async #shown(post: Post | null, people: Map<string, ShownPerson>): Promise<ShownPost | null> {
    if (post === null) return null;
    const { id, timeMs, text, isEdited, answers, shares } = post;
    const inner = shares === null ? null : await this.#get(shares);
    const shared = inner === null || inner.shares !== null ? null : await this.#shown(inner, people);
    const from = await this.#person(hex(post.from), people);
    return { id, from, timeMs, text, isEdited, files: post.attachments.map(fileOf), answers, shared };
  }

  async #person(key: string, people: Map<string, ShownPerson>): Promise<ShownPerson> {
    const held = people.get(key);
    if (held !== undefined) return held;
    const { peer, primitives } = this.#options;
    const { row } = await peer.current({ from: bytesOf(key), kind: KIND.profile, name: '' });
    const person = { key, name: '', about: '' };
    if (row !== null) {
      const { content } = await checkedRow(primitives, row.message);
      Object.assign(person, profileIn(content));
    }
    people.set(key, person);
    return person;
  }

  #html(page: Parameters<typeof pageHtml>[0]): Made {
    return this.#kept({ type: HTML, body: pageHtml(page) });
  }

  #kept(made: Pick<Made, 'type' | 'body'>, status = 200): Made {
    return { ...made, status, untilMs: this.#options.env.nowMs() + streetPageMs };
  }

  #missing(why: string): Made {
    const body = `<h1>Not here</h1>\n<p>${escaped(why)}</p>\n<p><a href="/">To the app</a></p>\n`;
    const page = {
      title: 'Not here',
      description: why,
      url: `${this.#options.origin()}/`,
      type: 'website' as const,
    };
    return this.#kept({ type: HTML, body: pageHtml({ ...page, feed: null, body }) }, 404);
  }

  #meter(address: string): Meter {
    const group = addressGroup(address);
    let meter = this.#meterByAddress.get(group);
    if (meter === undefined) {
      meter = new Meter(streetPagesPerSecond, streetPagesBurst);
      this.#meterByAddress.set(group, meter);
    }
    return meter;
  }

  #respond({ status, type, body }: Made, headers: Readonly<Record<string, string>> = {}): Response {
    return new Response(body, {
      status,
      headers: {
        ...this.#options.headers,
        'content-security-policy': STREET_POLICY,
        'content-type': type,
        'cache-control': `public, max-age=${streetPageMs / 1000}`,
        ...headers,
      },
    });
  }
}

function bytesOf(id: string): Uint8Array {
  return fromHex(id) ?? new Uint8Array(32);
}

/** What does not read as a profile says nothing. */
function profileIn(content: Uint8Array): Pick<ShownPerson, 'name' | 'about'> {
  try {
    return decodeProfile(content);
  } catch {
    return { name: '', about: '' };
  }
}

function beforeIn(url: string): PostCursor | null {
  const match = BEFORE.exec(new URL(url).searchParams.get('before') ?? '');
  return match === null ? null : { timeMs: Number(match[1]), seq: Number(match[2]) };
}

function fileOf({ address, size, type, alt }: Post['attachments'][number]): ShownFile {
  return { address: hex(address), size, type, words: alt };
}
