import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from 'copse/internal/base/bytes.ts';
import { realEnv, type Env } from 'copse/internal/base/env.ts';
import { streetPageMs, streetPagesBurst } from 'copse/internal/base/limits-peer.ts';
import { encodeProfile } from 'copse/internal/client/neighbourhood/profile.ts';
import { signKeyOf, type SignKey } from 'copse/internal/client/identity.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { KIND } from 'copse/internal/social/message/kinds.ts';
import { signMessage } from 'copse/internal/social/message/message.ts';
import type { Message, MessageTerms } from 'copse/internal/social/message/terms.ts';
import { Peer } from 'copse/internal/social/peer/peer.ts';
import fc from 'fast-check';
import { openPeerStore } from '../store/peer.ts';
import { escaped, linked, postHtml } from './street-html.ts';
import { StreetPages } from './street-pages.ts';

const primitives = nativePrimitives();
const HOSTILE = `<script>alert(1)</script><img src=x onerror=alert(2)> "'&]]> \u0000\u202e javascript:alert(3) https://example.org/"onclick="x`;

interface Street {
  readonly ada: SignKey;
  readonly ben: SignKey;
  readonly pages: StreetPages;
  readonly say: (who: SignKey, terms: Omit<MessageTerms, 'timeMs'>) => Promise<Message>;
  readonly ask: (path: string, address?: string) => Promise<Response>;
  readonly pass: (ms: number) => void;
}

async function withStreet(task: (street: Street) => Promise<void>): Promise<void> {
  let nowMs = 1_000;
  const env: Env = { ...realEnv(), nowMs: () => nowMs };
  const store = openPeerStore({ path: ':memory:', primitives, env });
  await using peer = new Peer({
    store,
    primitives,
    env,
    standing: async () => ({ kind: 'friend', bytesMax: 1 << 20 }),
    bytesMax: 1 << 24,
    soon: (run) => void setImmediate(run),
  });
  const events = { messages() {}, caughtUp() {} };
  const [ada, ben] = await Promise.all(
    [1, 2].map((seed) => signKeyOf(primitives, new Uint8Array(32).fill(seed))),
  );
  assert.ok(ada !== undefined && ben !== undefined);
  const writer = peer.open({ user: ada.publicKey, buffered: () => 0 }, events);
  const stranger = peer.open({ user: null, buffered: () => 0 }, events);
  const pages = new StreetPages({
    peer: stranger,
    primitives,
    env,
    origin: () => 'https://node.example',
    headers: { 'x-content-type-options': 'nosniff' },
  });
  let timeMs = Date.now() - 60_000;
  await task({
    ada,
    ben,
    pages,
    async say(who, terms) {
      timeMs += 1_000;
      const message = await signMessage(primitives, who.seed, { timeMs, ...terms });
      const { answers } = await writer.publish({ messages: [message.bytes] });
      assert.equal(answers[0]?.kind, 'stored');
      return message;
    },
    ask(path, address = '192.0.2.1') {
      const request = new Request(`http://127.0.0.1${path}`);
      return pages.answer(request, new URL(request.url).pathname, address);
    },
    pass: (ms) => void (nowMs += ms),
  });
}

test('[U45] a post is read without a script, with its author, its answers and what previews show', async () => {
  await withStreet(async ({ ada, ben, say, ask }) => {
    await say(ada, { kind: KIND.profile, content: encodeProfile({ name: 'Ada', about: 'Pumps' }) });
    const post = await say(ada, { kind: KIND.post, text: 'See https://example.org/a?b=1&c, soon.' });
    await say(ben, { kind: KIND.post, text: 'I come.', replies: [post.id] });
    await say(ben, { kind: KIND.share, replies: [post.id] });
    const answer = await ask(`/p/${hex(post.id)}`);
    const html = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(html, /<meta property="og:title" content="Ada: See https:\/\/example.org/);
    assert.match(html, new RegExp(`og:url" content="https://node.example/p/${hex(post.id)}"`));
    assert.match(
      html,
      /<a href="https:\/\/example\.org\/a\?b=1&amp;c" rel="nofollow noopener noreferrer ugc">/,
    );
    assert.equal(html.match(/I come\./g)?.length, 1);
    assert.equal(html.match(/<article>/g)?.length, 2, 'a share is no answer');
    assert.doesNotMatch(html, /<script/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(
      policy,
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'/,
    );
    assert.equal(answer.headers.get('cache-control'), `public, max-age=${streetPageMs / 1000}`);
  });
});

test('[U45] files of a post are links with what is said of them, and load nothing', async () => {
  await withStreet(async ({ ada, say, ask }) => {
    const address = new Uint8Array(32).fill(7);
    const attachments = [
      { address, size: 9, type: 'image/png', alt: 'A <b>tree</b>', thumbnail: address },
      { address, size: 8, type: 'x/"y', alt: '' },
    ];
    const post = await say(ada, { kind: KIND.post, attachments });
    const html = await (await ask(`/p/${hex(post.id)}`)).text();
    const href = `href="/files/${hex(address)}"`;
    assert.ok(html.includes(`<a ${href} rel="nofollow">Picture: A &lt;b&gt;tree&lt;/b&gt;</a>`));
    assert.ok(html.includes(`<a ${href} rel="nofollow">File</a>`));
    assert.doesNotMatch(html, /<img|<video/);
    const atom = await (await ask(`/u/${hex(ada.publicKey)}.atom`)).text();
    assert.ok(atom.includes('<title>Picture: A &lt;b&gt;tree&lt;/b&gt; File</title>'));
    assert.ok(
      atom.includes(`type="x/&quot;y" length="8" href="https://node.example/files/${hex(address)}"/>`),
    );
  });
});

test('[U45] what a person has posted stands on a page and in a feed, page by page', async () => {
  await withStreet(async ({ ada, ben, say, ask }) => {
    await say(ada, { kind: KIND.profile, content: encodeProfile({ name: 'Ada & Co', about: '' }) });
    const first = await say(ben, { kind: KIND.post, text: 'of Ben' });
    for (let at = 1; at <= 40; at++) await say(ada, { kind: KIND.post, text: `entry ${at} end` });
    await say(ada, { kind: KIND.share, replies: [first.id], text: 'look' });
    const key = hex(ada.publicKey);
    const html = await (await ask(`/u/${key}`)).text();
    assert.match(html, /<h1><bdi>Ada &amp; Co<\/bdi><\/h1>/);
    assert.ok(html.includes(`<a href="/#/knock/${key}">Write to <bdi>Ada &amp; Co</bdi></a>`));
    assert.match(html, /entry 40 end/);
    assert.match(html, /of Ben/);
    assert.doesNotMatch(html, /entry 1 end/);
    const next = /rel="next" href="([^"]+)"/.exec(html)?.[1] ?? '';
    const older = await (await ask(next)).text();
    assert.match(older, /entry 1 end/);
    assert.doesNotMatch(older, /rel="next"/);
    const feed = await ask(`/u/${key}.atom`);
    const atom = await feed.text();
    assert.equal(feed.headers.get('content-type'), 'application/atom+xml; charset=utf-8');
    assert.equal(atom.match(/<entry>/g)?.length, 30);
    assert.match(
      atom,
      new RegExp(
        `<link rel="self" type="application/atom\\+xml" href="https://node.example/u/${key}.atom"/>`,
      ),
    );
  });
});

test('[U45, U13] hostile text stays text, in names, words, titles and feeds', async () => {
  await withStreet(async ({ ada, say, ask }) => {
    const words = HOSTILE.replace('\u0000', '');
    await say(ada, { kind: KIND.profile, content: encodeProfile({ name: words, about: words }) });
    const post = await say(ada, { kind: KIND.post, text: words });
    for (const path of [`/p/${hex(post.id)}`, `/u/${hex(ada.publicKey)}`, `/u/${hex(ada.publicKey)}.atom`]) {
      const text = await (await ask(path)).text();
      assert.doesNotMatch(text, /<script|<img|onclick="/, path);
      assert.doesNotMatch(text, /href="javascript/, path);
      assert.match(text, /&lt;script&gt;/, path);
    }
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      const html = linked(text);
      assert.doesNotMatch(html.replaceAll(/<a href="[^"<>]*" rel="[a-z ]+">|<\/a>/g, ''), /[<>"']/);
      assert.ok(html.isWellFormed());
      // oxlint-disable-next-line no-control-regex -- no document may hold them
      assert.doesNotMatch(escaped(text), /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
    }),
  );
  const from = { key: 'a'.repeat(64), name: '', about: '' };
  const far = {
    id: 'b'.repeat(64),
    from,
    timeMs: Number.MAX_SAFE_INTEGER,
    text: 'far',
    isEdited: false,
    files: [],
    answers: null,
    shared: null,
  };
  assert.match(postHtml(far), /datetime="9999-/);
});

test('[U45] what is not here is said so, and what was taken back is gone when the page is made anew', async () => {
  await withStreet(async ({ ada, ben, say, ask, pass }) => {
    const post = await say(ada, { kind: KIND.post, text: 'a slip' });
    const like = await say(ben, { kind: KIND.reaction, text: '👍', replies: [post.id] });
    const path = `/p/${hex(post.id)}`;
    assert.equal((await ask(path)).status, 200);
    for (const other of [
      `/p/${'0'.repeat(64)}`,
      `/p/${hex(like.id)}`,
      '/p/',
      '/p/x',
      '/u/x.atom',
      `/u/${'0'.repeat(64)}`,
    ]) {
      const answer = await ask(other);
      assert.equal(answer.status, 404, other);
      assert.match(await answer.text(), /<h1>Not here<\/h1>/);
    }
    await say(ada, { kind: KIND.delete, replies: [post.id] });
    assert.equal((await ask(path)).status, 200, 'the page is kept for a moment');
    pass(streetPageMs + 1);
    assert.equal((await ask(path)).status, 404);
  });
});

test('[U45] pages are rationed by address', async () => {
  await withStreet(async ({ ask, pass }) => {
    const statuses = new Set<number>();
    for (let at = 0; at <= streetPagesBurst; at++) statuses.add((await ask('/p/x')).status);
    assert.deepEqual([...statuses], [404, 429]);
    assert.ok(Number((await ask('/p/x')).headers.get('retry-after')) >= 1);
    assert.equal((await ask('/p/x', '198.51.100.7')).status, 404);
    pass(10_000);
    assert.equal((await ask('/p/x')).status, 404);
  });
});
