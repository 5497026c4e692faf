/**
 * `copse audit` and `copse cosign`: the log of a node seen from outside. An audit needs no identity; a cosigner
 * has a key of its own in `<home>/cosigner`, with the last checkpoint of every log that it has signed, which is
 * what keeps it from ever signing two histories (SPEC M4).
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { base64url, fromBase64url, fromUtf8, utf8 } from 'copse/internal/base/bytes.ts';
import { pause } from 'copse/internal/base/env.ts';
import { asFault, Fault } from 'copse/internal/base/fault.ts';
import { key, type Key } from 'copse/internal/base/ids.ts';
import type { Keep } from 'copse/internal/client/keep.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { fileKeep } from 'copse/internal/native/runtime.ts';
import { readKey, writeKey } from 'copse/internal/transparency/note.ts';
import { auditLog, type AuditVerdict } from '../audit/audit-log.ts';
import { httpSource, keyAt } from '../../node/cosign/log-source.ts';
import { bringTo, witness, type Cosigner } from '../../node/cosign/witness.ts';
import type { Context } from '../context.ts';
import { table, type ExitName } from '../output.ts';

const primitives = nativePrimitives();

export interface AuditFlags {
  readonly from?: string;
  readonly full?: boolean;
  readonly save?: string;
  readonly nodeKey?: string;
  readonly cosigner?: readonly string[];
}

export async function audit(
  context: Context,
  address: string | undefined,
  flags: AuditFlags,
): Promise<ExitName> {
  const url = urlOf(context, address);
  const { env, output } = context;
  const node = await nodeKeyOf(context, url, flags.nodeKey);
  const verdict = await auditLog({
    source: httpSource(url, env),
    primitives,
    node,
    from: flags.from === undefined ? null : readNoteFile(flags.from),
    isFull: flags.full === true,
    cosigners: (flags.cosigner ?? []).map((word) => readKey(primitives, word)),
    onLeaf: (done, size) => output.progress(`${done} of ${size} leaves`),
  });
  output.progress('');
  // What was found wrong is not what the next audit goes on from.
  if (flags.save !== undefined && verdict.isGood) writeFileSync(flags.save, verdict.note);
  output.result(wordsOf(verdict), jsonOf(verdict));
  return verdict.isGood && verdict.revokedAt === null ? 'done' : 'refused';
}

function urlOf(context: Context, address: string | undefined): string {
  const url = address ?? context.node;
  if (url === null || !/^https?:\/\//.test(url))
    throw new Fault('usage', 'Which node? `copse audit http://127.0.0.1:7070`');
  return url;
}

async function nodeKeyOf(context: Context, url: string, given: string | undefined): Promise<Key> {
  if (given === undefined) return keyAt(url, context.env);
  const bytes = fromBase64url(given);
  if (bytes?.length !== 32)
    throw new Fault('usage', 'A node key has 43 characters, as `copse whoami` shows it.');
  return key(bytes);
}

function readNoteFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be read.`, { cause });
  }
}

const FINDINGS_SHOWN = 20;

function wordsOf(verdict: AuditVerdict): string {
  const { isGood, origin, size, root, from, leaves, findings, cosignatures, revokedAt } = verdict;
  const kinds = Object.entries(leaves).map(([kind, count]) => `${count} ${kind}`);
  const rows = [
    ['log', origin],
    ['leaves', `${size}${from > 0 ? `, read from ${from} on` : ''}`],
    ['root', root],
    ['kinds', kinds.join(', ')],
    [
      'cosigned by',
      cosignatures.map(({ by, timeS }) => `${by.name} at ${isoOf(timeS)}`).join(', ') || 'nobody you named',
    ],
    ...(revokedAt === null ? [] : [['REVOKED', `the node has revoked its own key in leaf ${revokedAt}`]]),
  ];
  const wrong = findings
    .slice(0, FINDINGS_SHOWN)
    .map(({ index, what }) => `  ${index === null ? '' : `leaf ${index}: `}${what}`);
  const more = findings.length > FINDINGS_SHOWN ? [`  and ${findings.length - FINDINGS_SHOWN} more`] : [];
  const verdictLine = isGood
    ? 'GOOD: everything that is signed is there, and nothing else.'
    : 'BAD: do not rely on this node.';
  return [table(rows), '', verdictLine, ...wrong, ...more].join('\n');
}

function jsonOf({ note, cosignatures, ...verdict }: AuditVerdict): object {
  return { ...verdict, cosignatures: cosignatures.map(({ by, timeS }) => ({ name: by.name, timeS })), note };
}

const isoOf = (timeS: number): string => new Date(timeS * 1000).toISOString();

export interface CosignFlags {
  readonly name?: string;
  readonly nodeKey?: string;
  /** Minutes between one look and the next. */
  readonly every?: string;
}

const MINUTES_MAX = 7 * 24 * 60;

/** Checks that the log has only grown since this cosigner last saw it, signs that, and brings it to the node. */
export async function cosign(
  context: Context,
  address: string | undefined,
  flags: CosignFlags,
): Promise<void> {
  await using keep = await fileKeep(join(context.home, 'cosigner'), passphraseOf(context));
  const { seed, by } = await cosignerIn(context, keep, flags.name);
  const word = writeKey(primitives, by);
  if (address === undefined) {
    context.output.result(word, { cosigner: word });
    return;
  }
  const url = urlOf(context, address);
  const everyMs = minutesIn(flags.every) * 60_000;
  const node = await nodeKeyOf(context, url, flags.nodeKey);
  for (;;) {
    try {
      await cosignOnce(context, { url, node, keep, cosigner: { seed, by } });
      if (everyMs === 0) return;
    } catch (thrown) {
      // A node that is away comes back; one that contradicts itself is not signed any more.
      const { retry, message } = asFault(thrown);
      if (everyMs === 0 || retry === 'never') throw thrown;
      context.output.log(message);
    }
    await pause(context.env, everyMs);
  }
}

function minutesIn(text: string | undefined): number {
  if (text === undefined) return 0;
  const minutes = Number(text);
  if (minutes > 0 && minutes <= MINUTES_MAX) return minutes;
  throw new Fault('usage', '`--every` is a number of minutes, of a week at most.');
}

interface Watched {
  readonly url: string;
  readonly node: Key;
  readonly keep: Keep;
  readonly cosigner: Cosigner;
}

async function cosignOnce(context: Context, { url, node, keep, cosigner }: Watched): Promise<void> {
  const { env, output } = context;
  const { by } = cosigner;
  const row = `log/${base64url(node)}`;
  const memory = {
    async note() {
      const kept = await keep.get(row);
      return kept === null ? null : fromUtf8(kept);
    },
    keep: (_: Key, note: string) => keep.write([{ name: row, value: utf8(note) }], 'strict'),
  };
  const watched = {
    url,
    node,
    source: httpSource(url, env),
    bring: bringTo({ env, primitives, url, node, by }),
  };
  const looked = await witness({ env, primitives, memory, cosigner }, watched);
  if (looked.kind === 'fork') throw new Fault('fork', `Not signed: the checkpoint, and ${looked.why}.`);
  const { size, timeS } = looked;
  const said = { url, size, timeS, cosigner: writeKey(primitives, by) };
  output.item(`Cosigned ${size} leaves of ${url} as ${by.name}.`, said);
}

function passphraseOf(context: Context): { readonly passphrase?: string } {
  const passphrase = context.environment['COPSE_PASSPHRASE'];
  return passphrase === undefined ? {} : { passphrase };
}

async function cosignerIn(context: Context, keep: Keep, asked: string | undefined): Promise<Cosigner> {
  const kept = await keep.get('seed');
  const named = await keep.get('name');
  const seed = kept ?? context.env.random(32);
  const name = named === null ? (asked ?? hostname()) : (fromUtf8(named) ?? '');
  if (asked !== undefined && name !== asked) throw new Fault('usage', `This cosigner is called ${name}.`);
  if (!/^[^\s+]+$/u.test(name)) throw new Fault('usage', 'The name of a cosigner has no spaces and no plus.');
  if (kept === null) {
    const rows = [
      { name: 'seed', value: seed, secret: true },
      { name: 'name', value: utf8(name) },
    ];
    await keep.write(rows, 'strict');
  }
  const publicKey = key(await primitives.ed25519PublicKey(seed));
  return { seed, by: { name, kind: 'cosignature', key: publicKey } };
}
