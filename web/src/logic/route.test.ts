import assert from 'node:assert/strict';
import { test } from 'node:test';
import { base64url } from 'copse/internal/base/bytes.ts';
import fc from 'fast-check';
import { arrivalOf, hashOf, routeOf } from './route.ts';

const bytes = Uint8Array.from({ length: 64 }, (_, at) => at);
const payload = base64url(bytes);

test('[U5] a join link is read into its node key and seed, a setup link into node key and secret', () => {
  const join = arrivalOf(` https://copse.example/#join=${payload} `);
  assert.ok(join?.kind === 'join');
  assert.deepEqual([...join.nodeKey, ...join.seed], [...bytes]);
  assert.equal(join.link, `https://copse.example/#join=${payload}`);
  const setup = arrivalOf(`#setup=${payload}`);
  assert.ok(setup?.kind === 'setup');
  assert.deepEqual(setup.secret, bytes.slice(32));
});

test('[D3, U5] the picture of a new device is read as a link, and a cut one is told from it', () => {
  const pair = base64url(Uint8Array.from({ length: 96 }, (_, at) => at));
  const link = `https://copse.example/#pair=${pair}`;
  assert.deepEqual(arrivalOf(link), { kind: 'pair', link });
  assert.deepEqual(arrivalOf(link.slice(0, -3)), { kind: 'broken', what: 'pair' });
  assert.deepEqual(routeOf('#/pair'), { room: 'pair' });
});

test('[U5] a cut link is told from no link', () => {
  assert.deepEqual(arrivalOf(`#join=${payload.slice(0, -3)}`), { kind: 'broken', what: 'join' });
  assert.deepEqual(arrivalOf('#setup=not~base64'), { kind: 'broken', what: 'setup' });
  for (const link of ['', 'https://copse.example/', '#/site/a/log/join=x', 'join=abc']) {
    assert.equal(arrivalOf(link), null, link);
  }
});

test('[U53] the room for a message without an account is that of a key, and of nothing shorter', () => {
  const route = { room: 'knock', person: 'ab'.repeat(32) } as const;
  assert.deepEqual(routeOf(hashOf(route)), route);
  assert.deepEqual(routeOf('#/knock'), { room: 'unknown' });
  assert.deepEqual(routeOf(`#/knock/${'ab'.repeat(31)}`), { room: 'unknown' });
});

test('[U15] an address leads to its room and back, whatever a log is called', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ minLength: 1 }), (log, site) => {
      const route = { room: 'log', site, log } as const;
      assert.deepEqual(routeOf(hashOf(route)), route);
    }),
  );
  for (const room of [
    'home',
    'signup',
    'signin',
    'join',
    'pair',
    'phrase',
    'devices',
    'node',
    'settings',
    'notifications',
    'feed',
    'inbox',
    'neighbours',
  ] as const) {
    assert.deepEqual(routeOf(hashOf({ room })), { room });
  }
  assert.deepEqual(routeOf('#/site/a'), { room: 'site', site: 'a' });
  assert.deepEqual(routeOf('#/site/a/people'), { room: 'people', site: 'a' });
});

test('[U15, U40] posts, people and searches have addresses that lead back to them', () => {
  const id = '0123456789abcdef'.repeat(4);
  for (const route of [
    { room: 'post', post: id },
    { room: 'person', person: id },
    { room: 'search', words: '' },
  ] as const)
    assert.deepEqual(routeOf(hashOf(route)), route);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (words) => {
      assert.deepEqual(routeOf(hashOf({ room: 'search', words })), { room: 'search', words });
    }),
  );
  for (const hash of ['#/post', '#/post/abc', `#/post/${id}/x`, `#/person/${id.toUpperCase()}`, '#/feed/x'])
    assert.deepEqual(routeOf(hash), { room: 'unknown' }, hash);
});

test('[U15] any other address is no room, and nothing breaks', () => {
  for (const hash of ['#/nowhere', '#/site', '#/site/', '#/site/a/log', '#/site/a/log/', '#/devices/x']) {
    assert.deepEqual(routeOf(hash), { room: 'unknown' }, hash);
  }
  fc.assert(fc.property(fc.string(), (hash) => assert.equal(typeof routeOf(hash).room, 'string')));
});
