/** The facet of names over a link (SPEC M4-M6, M10-M12): what people ask of the log of a node, and what they get. */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { namesApi, type Chain, type NamesRemote } from 'copse/internal/api/names.ts';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import {
  claimsPerUserMax,
  emailLooksBurst,
  leavesPerPageMax,
  logBatchMs,
} from 'copse/internal/base/limits.ts';
import { writeUserKey } from 'copse/internal/capability/user-key.ts';
import {
  cosign,
  cosignaturesOf,
  logKey,
  openCheckpoint,
  signCheckpoint,
  type SignedCheckpoint,
} from 'copse/internal/transparency/checkpoint.ts';
import { emailLabel } from 'copse/internal/transparency/label.ts';
import { openLeaf, type Leaf } from 'copse/internal/transparency/leaf.ts';
import { isConsistent, isIncluded, leafHash } from 'copse/internal/crypto/merkle.ts';
import { readNote, writeKey, type NamedKey } from 'copse/internal/transparency/note.ts';
import { MemoryAccounts } from '../../server/src/store/accounts-memory.ts';
import {
  ada,
  bea,
  cleo,
  NODE_SEED,
  refusal,
  settled,
  Stage,
  type Actor,
  type LinkKind,
} from './auth-stage.ts';
import { pair, person, primitives, type Person } from './people.ts';

const METHOD = 'oidc https://id.example';

/** A person at the facet, on a clock that goes on while she waits. */
class Seat {
  readonly stage: Stage;
  readonly actor: Actor;
  readonly names: NamesRemote;

  constructor(stage: Stage, actor: Actor) {
    this.stage = stage;
    this.actor = actor;
    this.names = actor.facet(namesApi, {});
  }

  async wait<T>(answer: Promise<T>): Promise<T> {
    const waiting = { isOver: false };
    const done = answer.finally(() => (waiting.isOver = true));
    done.catch(() => {});
    for (let turn = 0; turn < 100 && !waiting.isOver; turn++) {
      await settled();
      this.stage.clock.advance(logBatchMs);
    }
    return done;
  }

  claim(name: string, namespace = 'people') {
    return this.wait(this.names.claim({ namespace, name }));
  }

  /** As the door of e-mail does it. */
  state(email: string, device: Key = this.actor.who.device.key): Promise<number> {
    return this.wait(
      this.stage.auth.stateEmail({ email, user: this.actor.who.user.key, device, method: METHOD }),
    );
  }
}

async function opened(
  chain: Chain,
  stage: Stage,
): Promise<{ at: SignedCheckpoint; leaves: readonly Leaf[] }> {
  const at = await openCheckpoint(primitives, logKey(stage.node), chain.note);
  const leaves: Leaf[] = [];
  for (const { index, leaf, proof } of chain.leaves) {
    const hash = leafHash(primitives, leaf);
    ok(isIncluded(primitives, { index, size: at.size, leaf: hash, root: at.root, proof }), `leaf ${index}`);
    leaves.push(must(await openLeaf(primitives, leaf), 'a leaf of the node'));
  }
  return { at, leaves };
}

export function namesSuite(link: LinkKind): void {
  const check = (
    title: string,
    run: (stage: Stage, enter: (who: Person) => Promise<Seat>) => Promise<void>,
  ): void => {
    test(`${title} (${link.name})`, async () => {
      await using stage = await Stage.open({ link, accounts: new MemoryAccounts() });
      await run(stage, async (who) => {
        const actor = await stage.enter(who, { stranger: true });
        await actor.signUp();
        return new Seat(stage, actor);
      });
    });
  };
  claimCases(check);
  chainCases(check);
  emailCases(check);
  witnessCases(check);
}

type Check = (
  title: string,
  run: (stage: Stage, enter: (who: Person) => Promise<Seat>) => Promise<void>,
) => void;

function claimCases(check: Check): void {
  check(
    '[M6] a name goes to the first who claims it, in whatever spelling, with the next number',
    async (_, enter) => {
      const [a, b] = [await enter(ada), await enter(bea)];
      const first = await a.claim('Ada');
      ok(first.kind === 'ok');
      deepEqual([first.claim.name, first.claim.number, first.claim.index], ['ada', 1, 0]);
      const again = await a.claim(' ADA ');
      ok(again.kind === 'ok');
      deepEqual([again.claim.number, again.claim.index], [1, 0]);
      const late = await b.claim('aDa');
      equal(late.kind, 'taken');
      equal(hex(late.claim.user), hex(ada.user.key));
      const own = await b.claim('Bea');
      equal(own.claim.number, 2);
      equal((await b.claim('ada', 'others')).claim.number, 1, 'another namespace counts for itself');
      deepEqual(
        (await a.wait(a.names.claims({ user: bea.user.key }))).map(({ name }) => name),
        ['bea', 'ada'],
      );
      equal((await a.names.holder({ namespace: 'people', name: 'BEA' }))?.number, 2);
      equal(await a.names.holder({ namespace: 'people', name: 'cleo' }), null);
    },
  );

  check('[M6] of two who claim a name at the same moment one gets it', async (stage, enter) => {
    const [a, b] = [await enter(ada), await enter(bea)];
    const race = [a.names, b.names].map((names) => names.claim({ namespace: 'people', name: 'gold' }));
    const answers = await a.wait(Promise.all(race));
    deepEqual(answers.map(({ kind }) => kind).toSorted(), ['ok', 'taken']);
    equal(new Set(answers.map(({ claim }) => hex(claim.user))).size, 1);
    equal((await a.claim('silver')).claim.number, 2);
    equal(
      (await openCheckpoint(primitives, logKey(stage.node), (await a.names.checkpoint({})).note)).size,
      2,
    );
  });

  check(
    '[M6] a name that looks like another is claimed with a remark, one that is no word not at all',
    async (_, enter) => {
      const [a, b] = [await enter(ada), await enter(bea)];
      await a.claim('paypal');
      const alike = await b.claim('\u0440aypal');
      ok(alike.kind === 'ok');
      deepEqual(alike.remarks, [
        'mixes Latin and Cyrillic letters, which look alike',
        "looks like paypal, which is somebody's",
      ]);
      for (const name of ['', 'a b', 'a/b', '\u202eada']) equal(await refusal(b.claim(name)), 'malformed');
      equal(await refusal(b.claim('ada', 'Not A Namespace')), 'malformed');
    },
  );

  check('[M6] one user has so many names and no more', async (stage, enter) => {
    const a = await enter(ada);
    for (let n = 0; n < claimsPerUserMax; n++) {
      await a.claim(`n${n}`);
      stage.clock.advance(100);
    }
    equal(await refusal(a.claim('more')), 'full');
    equal((await a.claim('n3')).kind, 'ok', 'what she has she may ask for again');
  });

  check('[M6] a stranger claims nothing and looks nobody up', async (stage) => {
    const actor = await stage.enter(cleo, { stranger: true });
    const seat = new Seat(stage, actor);
    const { names } = seat;
    equal(await refusal(names.claim({ namespace: 'people', name: 'cleo' })), 'forbidden');
    equal(await refusal(names.claims({ user: ada.user.key })), 'forbidden');
    equal(await refusal(names.ofUser({ user: ada.user.key, before: null })), 'forbidden');
    equal(await refusal(names.ofEmail({ email: 'a@b.example', before: null })), 'forbidden');
    ok((await names.checkpoint({})).note.startsWith('copse.log/'));
  });
}

function chainCases(check: Check): void {
  check(
    '[M5] all that the log says about a user is one chain, proven under one checkpoint',
    async (stage, enter) => {
      const a = await enter(ada);
      const b = await enter(bea);
      for (let n = 0; n < 20; n++) await a.claim(`n${n}`);
      await b.claim('bea');
      await a.state('ada@example.org');
      const chain = await a.names.ofUser({ user: ada.user.key, before: null });
      const { leaves } = await opened(chain, stage);
      deepEqual(
        leaves.map(({ links }) => links[1]?.count),
        Array.from({ length: 21 }, (_, i) => 21 - i),
      );
      deepEqual([leaves[0]?.body.kind, leaves[20]?.links[1]?.previous], ['statement', null]);
      deepEqual((await a.names.ofUser({ user: cleo.user.key, before: null })).leaves, []);
    },
  );

  check('[M5] a long chain comes page by page', async (stage, enter) => {
    const a = await enter(ada);
    for (let n = 0; n < leavesPerPageMax + 5; n++) {
      await a.state('ada@example.org');
      stage.clock.advance(100);
    }
    const first = await a.names.ofUser({ user: ada.user.key, before: null });
    equal(first.leaves.length, leavesPerPageMax);
    const before = must(first.leaves.at(-1), 'a page').index;
    const second = await a.names.ofUser({ user: ada.user.key, before });
    deepEqual(
      second.leaves.map(({ index }) => index),
      [4, 3, 2, 1, 0],
    );
    equal(await refusal(a.names.ofUser({ user: bea.user.key, before })), 'unknown');
  });

  check('[M5] a key change is taken from its user alone, once, and only upwards', async (stage, enter) => {
    const a = await enter(ada);
    const change = (seed: Uint8Array, generation: number): Promise<Uint8Array> =>
      writeUserKey(
        primitives,
        { seed },
        {
          user: ada.user.key,
          generation,
          publicKey: new Uint8Array(32).fill(generation),
          link: new Uint8Array(generation === 1 ? 0 : 60),
          issuedMs: 1,
        },
      );
    const second = await change(ada.user.seed, 2);
    const put = (object: Uint8Array) => a.wait(a.names.changeKey({ object }));
    const { index } = await put(second);
    deepEqual(await put(second), { index }, 'repeating it answers the same');
    equal(await refusal(put(await change(ada.user.seed, 1))), 'taken');
    equal(await refusal(put(await change(bea.user.seed, 3))), 'badProof');
    equal((await put(await change(ada.user.seed, 3))).index, index + 1);
    const { leaves } = await opened(await a.names.ofUser({ user: ada.user.key, before: null }), stage);
    deepEqual(
      leaves.map(({ body }) => body.kind),
      ['keyChange', 'keyChange'],
    );
  });

  check(
    '[M10] the other devices of a user are told of a leaf about her, and no one else is',
    async (stage, enter) => {
      const a = await enter(ada);
      const second = await person('Ada', 'second');
      const other = await stage.enter(second);
      await other.remote.whoami({});
      const b = await enter(bea);
      await a.claim('ada');
      await settled();
      const heard = [other, a.actor, b.actor].map(
        (each) => each.heard.filter((what) => what === 'names').length,
      );
      deepEqual(heard, [1, 0, 0]);
    },
  );
}

function emailCases(check: Check): void {
  check('[M10] who signed in with an address is told when somebody else does', async (_, enter) => {
    const [a, b] = [await enter(ada), await enter(bea)];
    await a.state('ada@example.org');
    await b.state('bea@example.org');
    const before = [a, b].map(({ actor }) => actor.heard.filter((what) => what === 'names').length);
    await b.state('ada@example.org');
    const after = [a, b].map(({ actor }) => actor.heard.filter((what) => what === 'names').length);
    deepEqual(
      [before, after],
      [
        [1, 1],
        [2, 2],
      ],
    );
  });

  check(
    '[M12] the keys of an address are its statements that stand, under a label that its opening opens',
    async (stage, enter) => {
      const [a, b] = [await enter(ada), await enter(bea)];
      const mine = await a.state(' Ada@Example.org ');
      await b.state('bea@example.org');
      await a.state('ada@example.org', (await pair('a second device')).key);
      const { opening, chain } = await b.names.ofEmail({ email: 'ADA@example.org', before: null });
      const { leaves } = await opened(chain, stage);
      const label = emailLabel(primitives, opening, 'ada@example.org');
      deepEqual(
        leaves.map(({ links }) => [hex(links[0]?.label ?? label), links[0]?.count]),
        [
          [hex(label), 2],
          [hex(label), 1],
        ],
      );
      deepEqual(leaves.at(-1)?.body, {
        kind: 'statement',
        user: ada.user.key,
        device: ada.device.key,
        method: METHOD,
      });
      equal(await refusal(b.wait(b.names.withdraw({ statement: mine }))), 'unknown', 'she is not its user');
      const { index } = await a.wait(a.names.withdraw({ statement: mine }));
      equal(
        await refusal(a.wait(a.names.withdraw({ statement: mine }))),
        'unknown',
        'it does not stand any more',
      );
      const after = await opened(
        (await b.names.ofEmail({ email: 'ada@example.org', before: null })).chain,
        stage,
      );
      deepEqual(after.leaves[0]?.body, { kind: 'withdrawal', user: ada.user.key, statement: mine });
      ok(index > mine);
    },
  );

  check('[M11] addresses are looked up at a bounded rate, whatever connection asks', async (stage, enter) => {
    const a = await enter(ada);
    const look = (names: NamesRemote, n: number) =>
      names.ofEmail({ email: `p${n}@example.org`, before: null });
    const second = new Seat(stage, await stage.enter(await person('Ada', 'second')));
    for (let n = 0; n < emailLooksBurst; n++) await look(n % 2 === 0 ? a.names : second.names, n);
    equal(await refusal(look(a.names, 99)), 'tooMany');
    equal(await refusal(look(second.names, 99)), 'tooMany');
    const b = await enter(bea);
    deepEqual((await look(b.names, 99)).chain.leaves, [], 'an address that nobody has is answered like one');
    stage.clock.advance(10_000);
    ok((await look(a.names, 99)).opening.length === 32);
    equal(await refusal(a.names.ofEmail({ email: 'no address', before: null })), 'tooMany');
  });
}

async function enterAdmin(stage: Stage): Promise<Seat> {
  const actor = await stage.enter(cleo, { stranger: true });
  const secret = must(stage.auth.setupSecret(), 'a first start');
  await actor.signUp({ admission: { kind: 'setup', secret } });
  return new Seat(stage, actor);
}

function witnessCases(check: Check): void {
  check('[M9] a node that revokes its key says so for good, in its own log', async (stage, enter) => {
    const [a, admin] = [await enter(ada), await enterAdmin(stage)];
    deepEqual((await a.names.ofNode({})).leaves, []);
    equal(await refusal(a.names.revokeNode({ successor: null })), 'forbidden');
    const successor = bea.device.key;
    const { index } = await admin.wait(admin.names.revokeNode({ successor }));
    deepEqual(await admin.wait(admin.names.revokeNode({ successor: null })), { index });
    const { leaves } = await opened(await a.names.ofNode({}), stage);
    deepEqual(
      leaves.map(({ body }) => body),
      [{ kind: 'nodeRevoked', node: stage.node, successor }],
    );
  });

  check(
    '[M4] cosignatures are taken from cosigners that the admin has named, on checkpoints of this log',
    async (stage, enter) => {
      const a = await enter(ada);
      await a.claim('ada');
      const seed = new Uint8Array(32).fill(77);
      const witness: NamedKey = {
        name: 'witness.example',
        kind: 'cosignature',
        key: key(await primitives.ed25519PublicKey(seed)),
      };
      const { note } = await a.names.checkpoint({});
      const { text } = readNote(note);
      const timeS = Math.floor(stage.clock.wallMs() / 1000);
      const seen = note + (await cosign(primitives, seed, witness, { text, timeS }));
      equal(await refusal(a.names.cosign({ note: seen })), 'forbidden', 'nobody has named it');
      equal(
        await refusal(a.names.setCosigner({ key: writeKey(primitives, witness), isWanted: true })),
        'forbidden',
      );
      const admin = await enterAdmin(stage);
      await admin.names.setCosigner({ key: writeKey(primitives, witness), isWanted: true });
      deepEqual(await a.names.cosigners({}), [writeKey(primitives, witness)]);
      const late = note + (await cosign(primitives, seed, witness, { text, timeS: timeS + 3600 }));
      equal(await refusal(a.names.cosign({ note: late })), 'malformed', 'from the future');
      const wrong = note + (await cosign(primitives, seed, witness, { text: text.replace('1', '2'), timeS }));
      equal(await refusal(a.names.cosign({ note: wrong })), 'badProof');
      await a.names.cosign({ note: seen });
      const { note: now, witnessed } = await a.names.checkpoint({});
      equal(now, seen);
      equal(witnessed, seen);
      const log = logKey(stage.node);
      const { note: read } = await openCheckpoint(primitives, log, now);
      deepEqual(await cosignaturesOf(primitives, read, [witness]), [{ by: witness, timeS }]);
      await a.claim('ada.l');
      deepEqual((await a.names.checkpoint({})).witnessed, seen, 'what was witnessed stays to be seen');
      // A fork under the node's own key: somebody shows it what it has signed for another.
      const forked = await signCheckpoint(primitives, NODE_SEED, log, { size: 2, root: new Uint8Array(32) });
      const cosigned =
        forked + (await cosign(primitives, seed, witness, { text: readNote(forked).text, timeS }));
      equal(await refusal(a.names.cosign({ note: cosigned })), 'fork');
    },
  );

  check('[M1] anybody may ask for the proof that the log has only grown', async (stage, enter) => {
    const a = await enter(ada);
    const stranger = new Seat(stage, await stage.enter(cleo, { stranger: true }));
    const log = logKey(stage.node);
    await a.claim('one');
    const old = await openCheckpoint(primitives, log, (await a.names.checkpoint({})).note);
    for (const name of ['two', 'three', 'four']) await a.claim(name);
    const now = await openCheckpoint(primitives, log, (await stranger.names.checkpoint({})).note);
    const { proof } = await stranger.names.consistency({ old: old.size, size: now.size });
    ok(isConsistent(primitives, { old: old.size, size: now.size, oldRoot: old.root, root: now.root, proof }));
    equal(await refusal(stranger.names.consistency({ old: 1, size: 5 })), 'unknown');
    equal(await refusal(stranger.names.consistency({ old: 3, size: 2 })), 'unknown');
    const leaf = await stranger.names.inclusion({ index: 2, size: 4 });
    const hash = leafHash(primitives, leaf.leaf);
    ok(isIncluded(primitives, { index: 2, size: 4, leaf: hash, root: now.root, proof: leaf.proof }));
    equal(await refusal(stranger.names.inclusion({ index: 4, size: 4 })), 'unknown');
  });
}
