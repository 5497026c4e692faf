/** The facet of recovery: who may call what, what strangers learn, and how a reset goes. */

import { deepEqual, equal, notDeepEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { accountsApi } from 'copse/internal/api/accounts.ts';
import { recoveryApi, type RecoveryRemote } from 'copse/internal/api/recovery.ts';
import { must } from 'copse/internal/base/assert.ts';
import { fromHex, hex, utf8 } from 'copse/internal/base/bytes.ts';
import type { UserId } from 'copse/internal/base/ids.ts';
import { prove } from 'copse/internal/capability/possession.ts';
import { openCard } from 'copse/internal/capability/recovery-card.ts';
import { recoveryKeysOf, type RecoveryKeys } from 'copse/internal/capability/recovery-code.ts';
import { claiming, lettingIn, owning, ownerAct } from 'copse/internal/capability/recovery-proof.ts';
import { Guess, makeRecovery, type RealmPart } from 'copse/internal/capability/recovery.ts';
import { oprfBlind, oprfFinalize } from 'copse/internal/crypto/oprf.ts';
import {
  ada,
  bea,
  cleo,
  directLink,
  encodedLink,
  garden,
  refusal,
  settled,
  Stage,
  type Actor,
} from '../../../lab/suites/auth-stage.ts';
import { blessingBy, pair, person, primitives, type Pair, type Person } from '../../../lab/suites/people.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';
import { Auth } from './auth.ts';
import { authOptions } from '../../../lab/suites/auth-stage.ts';

const PIN = '604823';
const stage = () => Stage.open({ link: encodedLink, accounts: SqliteAccounts.open({ path: ':memory:' }) });
const facetOf = (actor: Actor): RecoveryRemote => actor.facet(recoveryApi, {});

interface Made {
  readonly keys: RecoveryKeys;
  readonly part: RealmPart;
  readonly kept: Parameters<typeof owning>[3] & object;
  readonly card: Uint8Array;
}

/** A recovery of which the stage is the first realm of two. */
async function make(of: Stage, name = 'Ada', triesMax = 3): Promise<Made> {
  const secret = await person(name).then(({ user }) => user.seed);
  const keys = await recoveryKeysOf(primitives, secret);
  const other = await pair('another node');
  const made = await makeRecovery(primitives, of.clock, keys, {
    pin: PIN,
    realms: [
      { url: 'https://one.example', node: of.node },
      { url: 'https://two.example', node: other.key },
    ],
    threshold: 2,
    triesMax,
    costLog: 12,
    payload: utf8('a secret'),
  });
  const part = must(made.parts[0], 'a part');
  const { seed, tag, share } = part;
  return {
    keys,
    part,
    card: made.card,
    kept: { seed, tag, share, card: made.card, triesMax, madeMs: made.madeMs },
  };
}

/** Registers on an actor's connection, let in by a user or a one-time key. */
async function register(actor: Actor, made: Made, by: Pair, kind: 'user' | 'grant' = 'user') {
  const where = { node: actor.stage.node, device: actor.who.device.key, id: made.part.id };
  const owner = made.keys.publicKey;
  const own = {
    owner,
    proof: await prove(primitives, made.keys.seed, owning(primitives, ownerAct.register, where, made.kept)),
  };
  const proof = await prove(primitives, by.seed, lettingIn(where, owner));
  const admission = { kind, key: by.key, proof };
  return { id: made.part.id, ...made.kept, own, admission };
}

async function registered(of: Stage, name = 'Ada', triesMax = 3): Promise<Made> {
  const host = await of.enter(ada);
  await host.signUp();
  const made = await make(of, name, triesMax);
  await facetOf(host).register(await register(host, made, ada.user));
  return made;
}

const visitor = await person('a visitor');
const stranger = (of: Stage, address = '198.51.100.1', who: Person = visitor) =>
  of.enter(who, { stranger: true, address }).then(facetOf);

test('[P6] a stranger with the PIN gets the share and the guesses are forgotten', async () => {
  await using of = await stage();
  const made = await registered(of);
  const realm = await stranger(of);
  const card = must(
    await openCard(primitives, made.keys.code, (await realm.card(made.part)).card.slice()),
    'a card',
  );
  const guess = await Guess.begin(primitives, of.clock, card, PIN);
  const answer = await realm.evaluate({ id: made.part.id, blinded: guess.ask(1) });
  ok(answer.kind === 'ok');
  equal(answer.triesLeft, 2);
  ok(guess.take(1, answer));
  const wrong = await realm.unlock({ id: made.part.id, tag: new Uint8Array(32) });
  deepEqual({ ...wrong }, { kind: 'wrong', triesLeft: 2 });
  const opened = await realm.unlock({ id: made.part.id, tag: made.part.tag });
  ok(opened.kind === 'ok');
  deepEqual(opened.share.slice(), made.part.share);
  equal((await of.accounts.recoveries.find(hex(made.part.id)))?.tries, 0);
});

test('[P6] a replayed question counts as a guess each time, and after the last one nothing answers', async () => {
  await using of = await stage();
  const made = await registered(of);
  const realm = await stranger(of);
  const { blinded } = oprfBlind(of.clock, utf8('anything'));
  const kinds: string[] = [];
  for (let n = 0; n < 4; n++) kinds.push((await realm.evaluate({ id: made.part.id, blinded })).kind);
  deepEqual(kinds, ['ok', 'ok', 'ok', 'locked']);
  equal(
    (await realm.unlock({ id: made.part.id, tag: made.part.tag })).kind,
    'locked',
    'too late for the proof',
  );
});

test('[P6] a flood from many addresses guesses no more often than one, and others recover meanwhile', async () => {
  await using of = await stage();
  const made = await registered(of, 'Ada', 10);
  const others = await make(of, 'Bea');
  await facetOf(await of.enter(ada)).register(await register(await of.enter(ada), others, ada.user));
  const { blinded } = oprfBlind(of.clock, utf8('a guess'));
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, async (_, n) => {
      const realm = await stranger(of, `198.51.${n}.7`);
      return realm.evaluate({ id: made.part.id, blinded }).then(
        ({ kind }) => kind,
        () => 'refused',
      );
    }),
  );
  equal(outcomes.filter((kind) => kind === 'ok').length, 10);
  const realm = await stranger(of);
  equal((await realm.evaluate({ id: others.part.id, blinded })).kind, 'ok');
});

test('[P6] one id is asked a few times in a row and then slowly, and a refusal counts nothing', async () => {
  await using of = await stage();
  const made = await registered(of, 'Ada', 100);
  const realm = await stranger(of);
  const { blinded } = oprfBlind(of.clock, utf8('a guess'));
  for (let n = 0; n < 12; n++) await realm.evaluate({ id: made.part.id, blinded });
  equal(await refusal(realm.evaluate({ id: made.part.id, blinded })), 'tooMany');
  equal((await of.accounts.recoveries.find(hex(made.part.id)))?.tries, 12);
  of.clock.advance(5_000);
  equal((await realm.evaluate({ id: made.part.id, blinded })).kind, 'ok');
});

test('[P6] what is no element is refused as malformed', async () => {
  await using of = await stage();
  const made = await registered(of);
  const realm = await stranger(of);
  equal(await refusal(realm.evaluate({ id: made.part.id, blinded: new Uint8Array(32) })), 'malformed');
});

test('[P7] an id that nobody registered has a card, a key, guesses and an end like any other', async () => {
  await using of = await stage();
  const made = await registered(of, 'Ada', 10);
  const realm = await stranger(of);
  const unknown = new Uint8Array(16).fill(7);
  const [real, decoy] = [await realm.card(made.part), await realm.card({ id: unknown })];
  equal(decoy.card.length, real.card.length);
  deepEqual(decoy.card.slice(), (await realm.card({ id: unknown })).card.slice(), 'the same each time');
  const [one, two] = [new Uint8Array(16).fill(8), new Uint8Array(16).fill(9)];
  notDeepEqual((await realm.card({ id: one })).card.slice(), (await realm.card({ id: two })).card.slice());
  const input = utf8('a guess');
  for (let n = 9; n >= 0; n--) {
    of.clock.advance(60_000);
    const own = oprfBlind(of.clock, input);
    const answer = await realm.evaluate({ id: unknown, blinded: own.blinded });
    const same = await realm.evaluate({ id: made.part.id, blinded: own.blinded });
    ok(answer.kind === 'ok' && same.kind === 'ok');
    deepEqual([answer.triesLeft, same.triesLeft], [n, n]);
    const tag = new Uint8Array(32);
    const [first, second] = [
      await realm.unlock({ id: unknown, tag }),
      await realm.unlock({ id: made.part.id, tag }),
    ];
    deepEqual({ ...first }, { ...second });
  }
  const last = oprfBlind(of.clock, input).blinded;
  equal((await realm.evaluate({ id: unknown, blinded: last })).kind, 'locked');
  equal((await realm.evaluate({ id: made.part.id, blinded: last })).kind, 'locked');
});

test('[P7] the answers about an unknown id are by one key, so that asking twice shows nothing', async () => {
  await using of = await stage();
  const realm = await stranger(of);
  const id = new Uint8Array(16).fill(3);
  const { blinded } = oprfBlind(of.clock, utf8('a guess'));
  const [a, b] = [await realm.evaluate({ id, blinded }), await realm.evaluate({ id, blinded })];
  ok(a.kind === 'ok' && b.kind === 'ok');
  deepEqual(a.evaluated.slice(), b.evaluated.slice());
  notDeepEqual(a.proof.slice(), b.proof.slice(), 'the proofs are fresh');
  const other = await realm.evaluate({ id: new Uint8Array(16).fill(4), blinded });
  ok(other.kind === 'ok');
  notDeepEqual(other.evaluated.slice(), a.evaluated.slice());
  equal(oprfFinalize(utf8('a guess'), oprfBlind(of.clock, utf8('x')), a.evaluated, a), null);
});

test('[P8] users and holders of a grant make the node their realm, and nobody else', async () => {
  await using of = await stage();
  const host = await of.enter(ada);
  await host.signUp();
  const made = await make(of, 'Bea');
  const guest = await of.enter(bea, { stranger: true });
  equal(await refusal(facetOf(guest).register(await register(guest, made, bea.user))), 'forbidden');
  const oneTime = await pair('a grant');
  equal(await refusal(facetOf(guest).register(await register(guest, made, oneTime, 'grant'))), 'forbidden');
  equal(
    await refusal(facetOf(guest).grant({ key: oneTime.key, expiresMs: of.clock.wallMs() + 1000 })),
    'forbidden',
  );
  await facetOf(host).grant({ key: oneTime.key, expiresMs: of.clock.wallMs() + 1000 });
  const forged = await register(guest, made, oneTime, 'grant');
  const proof = await prove(
    primitives,
    bea.user.seed,
    lettingIn({ node: of.node, device: bea.device.key, id: made.part.id }, made.keys.publicKey),
  );
  equal(
    await refusal(facetOf(guest).register({ ...forged, admission: { ...forged.admission, proof } })),
    'badProof',
  );
  await facetOf(guest).register(forged);
  deepEqual(
    (await facetOf(host).grants({})).map(({ state }) => state),
    ['used'],
  );
  const again = await make(of, 'Cleo');
  const third = await of.enter(cleo, { stranger: true });
  equal(await refusal(facetOf(third).register(await register(third, again, oneTime, 'grant'))), 'used');
});

test('[P9] what is signed for one connection, call or content is good for no other', async () => {
  await using of = await stage();
  const host = await of.enter(ada);
  await host.signUp();
  const made = await make(of);
  const request = await register(host, made, ada.user);
  const other = await of.enter(visitor, { stranger: true });
  equal(await refusal(facetOf(other).register(request)), 'badProof', 'another connection');
  equal(await refusal(facetOf(host).register({ ...request, triesMax: 100 })), 'badProof', 'more tries');
  const swapped = { ...request, share: request.tag, tag: request.share };
  equal(await refusal(facetOf(host).register(swapped)), 'badProof', 'swapped parts');
  await facetOf(host).register(request);
  equal(
    await refusal(facetOf(host).remove({ id: request.id, own: request.own })),
    'badProof',
    'another call',
  );
  const where = { node: of.node, device: ada.device.key, id: request.id };
  const thief = await recoveryKeysOf(primitives, new Uint8Array(32).fill(9));
  const ownBy = async (keys: RecoveryKeys, act: 2 | 3) => ({
    owner: keys.publicKey,
    proof: await prove(primitives, keys.seed, owning(primitives, act, where)),
  });
  equal(await refusal(facetOf(host).remove({ id: request.id, own: await ownBy(thief, 2) })), 'unknown');
  equal(await refusal(facetOf(host).status({ id: request.id, own: await ownBy(thief, 3) })), 'unknown');
  equal((await facetOf(host).status({ id: request.id, own: await ownBy(made.keys, 3) })).triesLeft, 3);
  await facetOf(host).remove({ id: request.id, own: await ownBy(made.keys, 2) });
  equal(await refusal(facetOf(host).status({ id: request.id, own: await ownBy(made.keys, 3) })), 'unknown');
});

/** Bea's new key asks to take her old one's place. */
async function asks(of: Stage, next: Person, was: UserId, request = new Uint8Array(16).fill(1)) {
  const actor = await of.enter(next, { stranger: true, address: '198.51.100.9' });
  const agree = new Uint8Array(32).fill(5);
  const proof = await prove(primitives, next.user.seed, claiming({ node: of.node, user: was, agree }));
  const blessing = await blessingBy(next, of.clock.wallMs());
  const asking = { request, user: was, key: next.user.key, agree, proof, blessing };
  await facetOf(actor).resetAsk({ ...asking, deviceName: 'new laptop', words: 'It is me, Bea.' });
  return { actor, asking };
}

const newBea = await person('Bea anew');

/** Ada is the admin of the node and of the garden, where Bea is a member. */
async function household(of: Stage) {
  const host = await of.enter(ada);
  const secret = must(of.auth.setupSecret(), 'there is no admin yet');
  await host.signUp({ admission: { kind: 'setup', secret } });
  const site = await host.found(garden);
  const invitation = await host.invite(site, 'for Bea');
  const member = await of.enter(bea);
  await member.signUp();
  await member.join(invitation);
  return { host, member, site };
}

test('[P12, Z17] after an approval the old key and its devices are over, and the new one waits for the site', async () => {
  await using of = await stage();
  const { host, member, site } = await household(of);
  const was = await member.facet(accountsApi, {}).mine({});
  const { actor, asking } = await asks(of, newBea, bea.userId);
  equal((await facetOf(actor).resetState(asking)).state, 'waiting');
  const [row] = await facetOf(host).resets({});
  deepEqual([row?.user, row?.name, row?.words], [bea.userId, 'Bea', 'It is me, Bea.']);
  await facetOf(host).resetDecide({ request: asking.request, approve: true });
  await settled();
  ok(member.heard.includes('ended revoked'), 'the old device is thrown out');
  const old = await of.enter(bea);
  equal(await refusal(old.remote.whoami({})), 'revoked');
  const oldElsewhere = await of.enter({ ...bea, device: visitor.device });
  equal(await refusal(oldElsewhere.remote.whoami({})), 'revoked', 'a new device of the old key, too');
  equal(await refusal(oldElsewhere.signUp()), 'revoked');
  const next = await of.enter(newBea);
  const me = await next.remote.whoami({});
  deepEqual([me.user, me.profile.name, me.admin], [newBea.userId, 'Bea', false]);
  const { account } = await next.facet(accountsApi, {}).mine({});
  deepEqual(account, { ...was.account, key: newBea.user.key, user: newBea.userId }, 'her place in the tree');
  equal(await refusal(next.remote.site({ site })), 'forbidden', 'no member yet');
  const [pending] = await facetOf(next).pendings({ site: null });
  deepEqual([pending?.site, pending?.user, pending?.was], [site, newBea.userId, bea.userId]);
});

test('[P12] an admin of the site lets her in again, and then nothing is pending', async () => {
  await using of = await stage();
  const { host, site } = await household(of);
  const { asking } = await asks(of, newBea, bea.userId);
  await facetOf(host).resetDecide({ request: asking.request, approve: true });
  const [row] = await facetOf(host).pendings({ site });
  deepEqual(row?.agree.slice(), asking.agree);
  const next = await of.enter(newBea);
  deepEqual(await facetOf(next).readmissions({}), []);
  const sealed = utf8('sealed');
  equal(await refusal(facetOf(next).readmit({ site, user: newBea.userId, sealed })), 'forbidden');
  equal(await refusal(facetOf(host).readmit({ site, user: bea.userId, sealed })), 'unknown');
  const invitation = await host.invite(site, 'for Bea again');
  await facetOf(host).readmit({ site, user: newBea.userId, sealed });
  equal(hex((await facetOf(next).readmissions({}))[0]?.sealed ?? new Uint8Array(0)), hex(sealed));
  await next.join(invitation);
  equal((await next.remote.site({ site })).site, site);
  deepEqual(await facetOf(next).readmissions({}), []);
  deepEqual(await facetOf(host).pendings({ site }), []);
});

test('[P12] whom she invited stays a member when her key is replaced', async () => {
  await using of = await stage();
  const { host, site } = await household(of);
  const member = await of.enter(await person('Dora'));
  await member.signUp();
  await member.join(await host.invite(site, 'for Dora', { permissions: 11, delegations: 3 }));
  const guest = await of.enter(cleo);
  await guest.signUp();
  await guest.join(await member.invite(site, 'by Dora', { permissions: 3, delegations: 1 }));
  const { asking } = await asks(of, newBea, member.who.userId);
  await facetOf(host).resetDecide({ request: asking.request, approve: true });
  equal((await guest.remote.site({ site })).site, site);
  equal(await refusal(member.remote.site({ site })), 'revoked');
});

test('[P12] only an admin decides, once, and claims that are not proven are none', async () => {
  await using of = await stage();
  const { host, member } = await household(of);
  const { actor, asking } = await asks(of, newBea, bea.userId);
  const full = { ...asking, request: new Uint8Array(16).fill(2), deviceName: '', words: '' };
  const facet = facetOf(actor);
  equal(await refusal(facet.resetAsk({ ...full, user: ada.userId })), 'badProof', 'a claim to another place');
  equal(await refusal(facet.resetAsk({ ...full, agree: new Uint8Array(32).fill(6) })), 'badProof');
  equal(
    await refusal(facet.resetAsk({ ...full, key: ada.user.key })),
    'badProof',
    'the key of somebody else',
  );
  equal(await refusal(facetOf(member).resets({})), 'forbidden');
  equal(await refusal(facetOf(member).resetDecide({ request: asking.request, approve: true })), 'forbidden');
  equal(await refusal(facetOf(actor).resets({})), 'forbidden');
  await facetOf(host).resetDecide({ request: asking.request, approve: false });
  equal((await facet.resetState(asking)).state, 'refused');
  equal(await refusal(facetOf(host).resetDecide({ request: asking.request, approve: true })), 'taken');
  equal((await member.remote.whoami({})).user, bea.userId, 'nothing has happened to her');
  const unknown = must(fromHex('ff'.repeat(16)), 'hex');
  equal((await facet.resetState({ request: unknown })).state, 'unknown');
});

test('[P12] what a crash has left of an approval is carried out at the next start', async () => {
  const accounts = SqliteAccounts.open({ path: ':memory:' });
  await using of = await Stage.open({ link: directLink, accounts });
  const { host, site } = await household(of);
  const { asking } = await asks(of, newBea, bea.userId);
  // The approval is durable and nothing after it has happened.
  equal(
    await accounts.resets.approve(hex(asking.request), newBea.userId, ada.userId, of.clock.wallMs()),
    true,
  );
  equal((await accounts.resets.unfinished()).length, 1);
  await using again = await Auth.open(authOptions(accounts, of.clock));
  ok(again !== of.auth);
  deepEqual(await accounts.resets.unfinished(), []);
  equal(await accounts.sites.membership(site, bea.userId), null);
  equal((await accounts.people.user(newBea.userId))?.profile.name, 'Bea');
  equal((await facetOf(host).pendings({ site })).length, 1);
});
