/** What the node's file does not hold: site keys, titles, token keys, the secret of the first start (SPEC A12, S10). */

import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { must } from 'copse/internal/base/assert.ts';
import { base64url, hex, utf8 } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { openEnvelope, sealEnvelope } from 'copse/internal/client/site-envelope.ts';
import { newSiteSecrets, SiteKeys } from 'copse/internal/client/site-keys.ts';
import { exchangeKeyOf } from 'copse/internal/crypto/agree.ts';
import {
  ada,
  bea,
  cleo,
  directLink,
  garden,
  NODE_SEED,
  Stage,
  type Actor,
} from '../../../lab/suites/auth-stage.ts';
import { grantBy, pair, primitives, type Person } from '../../../lab/suites/people.ts';
import { SqliteAccounts } from '../store/accounts-sqlite.ts';

const env = realEnv();
const { site } = garden;
const agreeKey = async (who: Person) => exchangeKeyOf(primitives, (await pair(`${who.name} agree`)).seed);

async function enter(stage: Stage, who: Person): Promise<Actor> {
  const actor = await stage.enter(who, { stranger: true });
  await actor.signUp();
  return actor;
}

test('[A12] a newcomer opens the site key with her own key, and the node never holds it in clear', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'copse-secrecy-'));
  try {
    const accounts = SqliteAccounts.open({ path: join(directory, 'auth.sqlite') });
    await using stage = await Stage.open({ link: directLink, accounts });
    const secrets = newSiteSecrets(env);
    const keys = new SiteKeys(primitives, env, site, secrets);
    const title = 'The secret garden of the three of us';
    const label = keys.sealLabel({ title, logs: ['whispers'] });
    const sealTo = (publicKey: Uint8Array) => sealEnvelope(primitives, env, { site, publicKey }, secrets);

    const host = await enter(stage, ada);
    const attestation = await grantBy(garden.root, site, ada.user.key);
    const envelope = await sealTo((await agreeKey(ada)).publicKey);
    await host.remote.foundSite({ root: garden.root.key, attestation, label, envelope });
    const drawn = await host.draw(site, 'link');
    const oneTime = await exchangeKeyOf(primitives, (await pair('link agree')).seed);
    const expiresMs = stage.clock.wallMs() + 86_400_000;
    const sealed = await sealTo(oneTime.publicKey);
    await host.remote.invite({ site, attestation: drawn.attestation, envelope: sealed, expiresMs });

    const guest = await enter(stage, bea);
    const offer = await guest.peek(drawn);
    const own = { site, epoch: offer.keyEpoch, ...oneTime };
    const opened = must(
      await openEnvelope(primitives, own, offer.envelope),
      'the envelope of the invitation',
    );
    deepEqual(opened, secrets);
    const resealed = await sealEnvelope(
      primitives,
      env,
      { site, publicKey: (await agreeKey(bea)).publicKey },
      opened,
    );
    const proof = [...offer.proof, await guest.exchange(drawn)];
    await guest.remote.join({ site, proof, envelope: resealed });
    const row = await guest.remote.site({ site });
    deepEqual(
      await openEnvelope(primitives, { site, epoch: 1, ...(await agreeKey(bea)) }, row.envelope),
      secrets,
    );
    equal(await openEnvelope(primitives, { site, epoch: 1, ...(await agreeKey(cleo)) }, row.envelope), null);
    equal(await openEnvelope(primitives, { site, epoch: 1, ...(await agreeKey(ada)) }, row.envelope), null);
    equal(keys.openLabel(row.label)?.title, title);

    await guest.login(1);
    const { keys: tokenKeys } = await stage.follow().remote.follow({ shard: 0, from: 0 });
    const secretsOfNode = [
      NODE_SEED,
      must(stage.auth.setupSecret(), 'a secret'),
      ...tokenKeys.map((one) => one.key),
    ];
    refuteStored(directory, [secrets.key, secrets.nameSecret, utf8(title), ...secretsOfNode]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Fails when a file holds one of the secrets, as bytes or as text. */
function refuteStored(directory: string, secrets: readonly Uint8Array[]): void {
  const files = readdirSync(directory);
  ok(files.some((name) => name.startsWith('auth.sqlite')));
  const stored = Buffer.concat(files.map((name) => readFileSync(join(directory, name))));
  ok(stored.includes(Buffer.from(bea.user.key)), 'the search finds what is stored');
  for (const secret of secrets) {
    for (const form of [secret, utf8(hex(secret)), utf8(base64url(secret))]) {
      equal(stored.includes(Buffer.from(form)), false);
    }
  }
}
