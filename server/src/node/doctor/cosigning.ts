/** Looks at how the node gets on as a witness of its peers' logs (SPEC M16). */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { writeKey } from 'copse/internal/transparency/note.ts';
import { identityOf } from 'copse/internal/social/handshake-keys.ts';
import { WitnessStore, type Look } from '../../store/witness.ts';
import { cosignerOf } from '../cosign/cosigning.ts';
import { peersOf } from '../cosign/peers.ts';
import { NODE_KEY_FILE, readSeed } from '../node-key.ts';
import {
  found,
  noted,
  problem,
  skipped,
  warning,
  well,
  type Finding,
  type Outcome,
  type Patient,
} from './finding.ts';

/** Looks without success before a peer is mentioned: one may be a restart. */
const MISSED_MAX = 3;

export async function lookAtCosigning(patient: Patient): Promise<Outcome> {
  const { settings, paths, env } = patient;
  const peers = peersOf(settings.cosign) ?? [];
  if (peers.length === 0) return well;
  if (!existsSync(paths.witness)) return skipped('The node has not run since `cosign` was set.');
  using store = WitnessStore.reading(paths.witness);
  const lookByUrl = new Map(store.looks().map((look) => [look.url, look]));
  const nowS = Math.floor(env.wallMs() / 1000);
  const lateS = MISSED_MAX * settings.cosignSeconds;
  const findings = peers.flatMap(({ url }) => {
    const look = lookByUrl.get(url);
    return look === undefined ? [] : findingsOf(look, nowS, lateS);
  });
  const word = await wordOf(patient, store);
  return findings.length > 0 ? found(...findings) : noted(`As ${word}, of ${logs(peers.length)}.`);
}

function findingsOf({ url, fork, failedS, failure, signedS }: Look, nowS: number, lateS: number): Finding[] {
  if (fork !== null) {
    const what = `This log has contradicted what it signed before. ${failure ?? ''} It now shows:\n${fork}`;
    const todo =
      'Tell everybody who uses that node, and ask its operator whether it was restored from a backup. Nothing of it is signed any more; to look again, take it out of `cosign` for one start.';
    return [problem(url, what, todo)];
  }
  if (failedS === null || failure === null) return [];
  // Until its admin takes this cosigner nothing comes of it, however often it is tried.
  const isNew = signedS === null;
  if (!isNew && nowS - (signedS ?? 0) < lateS) return [];
  const since = new Date(failedS * 1000).toISOString();
  const todo = 'Its log is not watched meanwhile. Ask its operator, or take it out of `cosign`.';
  return [warning(url, `It was not cosigned since ${since}: ${failure}`, todo)];
}

async function wordOf({ paths, primitives }: Patient, store: WitnessStore): Promise<string> {
  const node = await identityOf(primitives, readSeed(join(paths.directory, NODE_KEY_FILE)));
  const seed = store.seed();
  return seed === null ? 'nobody' : writeKey(primitives, await cosignerOf(primitives, node.publicKey, seed));
}

function logs(count: number): string {
  return count === 1 ? 'one log' : `${count} logs`;
}
