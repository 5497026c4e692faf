/**
 * Whole proofs, exported by the command line from a node: with a folder, a group and caveats, as they are and
 * spoilt in every way that an attack would. Python and we must say the same of each.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from 'copse/internal/base/assert.ts';
import { hex } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import type { Caveat } from 'copse/internal/capability/caveat.ts';
import { conditionOf } from 'copse/internal/capability/caveat.ts';
import { decodeProof, encodeProof, verifyProof } from 'copse/internal/capability/proof-file.ts';
import { nativePrimitives } from 'copse/internal/native/primitives.ts';
import { Cli, type Values } from '../e2e/support/cli.ts';
import { program } from './published.ts';

const KINDS = ['user', 'oneTime', 'group'];
const primitives = nativePrimitives();

export interface ProofVerdict {
  readonly passed: number;
  readonly spoilt: number;
  readonly failures: readonly string[];
}

interface Case {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Whether it must prove something. */
  readonly good: boolean;
}

async function first(cli: Cli, words: readonly string[], home = 'ada'): Promise<Values> {
  return must((await cli.json(words, { home }))[0], 'an answer');
}

/** Proofs of a garden in which Ada has shared with Bea, with a group, and under caveats. */
async function exported(): Promise<Readonly<Record<'invited' | 'folder' | 'group' | 'caveats', Uint8Array>>> {
  await using cli = new Cli(program);
  const { said } = await cli.serve(cli.path('data'), ['--port', '0']);
  await cli.ok(['login', said.url, '--name', 'Ada']);
  await cli.ok(['site', 'found', 'Garden', '--log', 'docs/plan']);
  const { link } = await first(cli, ['invite', 'Garden', '--permissions', 'read']);
  await cli.ok(['join', String(link), '--name', 'Bea'], { home: 'bea' });
  await first(cli, ['group', 'found', 'Friends']);
  await first(cli, ['group', 'add', 'Friends', 'Garden', 'Bea']);
  const give = ['share', 'Garden', 'Bea', '--permissions', 'read,write', '--on'];
  const folder = await first(cli, [...give, 'docs/*', '--delegations', '2', '--until', '2090-01-01']);
  const hours = ['--network', '10.0.0.0/8', '2001:db8::/33', '--hours', 'mon-fri:09:00-17:30'];
  const caveats = await first(cli, [...give, 'docs/plan', ...hours, '--origin', 'https://app.example']);
  const group = await first(cli, ['share', 'Garden', 'Friends', '--group', '--permissions', 'read,lead']);
  const proofOf = async (grant: unknown): Promise<Uint8Array> => {
    const file = cli.path(`${String(grant).slice(0, 8)}.proof`);
    await first(cli, ['proof', 'export', 'Garden', String(grant), file], 'bea');
    return new Uint8Array(readFileSync(file));
  };
  const [held] = (await cli.json(['what'], { home: 'bea' })) as unknown as readonly (readonly Values[])[];
  const invited = must(
    held?.find(({ title, on, group: by }) => title === 'Garden' && on === '*' && by === false),
    'what Bea came with',
  );
  return {
    invited: await proofOf(invited['grant']),
    folder: await proofOf(folder['id']),
    caveats: await proofOf(caveats['id']),
    group: await proofOf(group['id']),
  };
}

async function cases(): Promise<readonly Case[]> {
  const proofs = await exported();
  const all: Case[] = Object.entries(proofs).map(([name, bytes]) => ({ name, bytes, good: true }));
  for (const [name, bytes] of Object.entries(proofs)) {
    const { root, path } = decodeProof(bytes);
    const spoil = (
      how: string,
      part: { readonly root?: typeof root; readonly path?: readonly Uint8Array[] },
    ) => all.push({ name: `${name}, ${how}`, bytes: encodeProof({ root, path, ...part }), good: false });
    for (const at of path.keys()) {
      const flipped = path.map((each, n) =>
        n === at ? each.with(each.length - 1, (each.at(-1) ?? 0) ^ 1) : each,
      );
      spoil(`the signature ${at + 1} flipped`, { path: flipped });
      if (at < path.length - 1) spoil(`without attestation ${at + 1}`, { path: path.toSpliced(at, 1) });
    }
    spoil('with another root', {
      root: must(decodeProof(proofs.invited), 'a proof').root.with(0, 7) as typeof root,
    });
    spoil('turned round', { path: path.toReversed() });
    spoil('the last twice', { path: [...path, ...path.slice(-1)] });
    spoil('too deep', { path: Array.from({ length: 9 }, (_, n) => must(path[n % path.length], 'one')) });
    spoil('empty', { path: [] });
    for (const [other, bytesOfOther] of Object.entries(proofs)) {
      if (other === name) continue;
      const tail = decodeProof(bytesOfOther).path.slice(-1);
      spoil(`spliced with the end of ${other}`, { path: [...path, ...tail] });
    }
  }
  return all;
}

/** In the words of the other side. */
async function ours(bytes: Uint8Array, atMs: number): Promise<string> {
  try {
    const answer = await verifyProof(primitives, bytes, atMs);
    if (answer.kind === 'refused') return 'refused';
    const { permissions, resource, delegations, notBeforeMs, expiresMs } = answer.rights;
    return JSON.stringify({
      permissions,
      resource,
      delegations,
      from: notBeforeMs,
      until: expiresMs,
      subject: hex(answer.subject),
      kind: KINDS.indexOf(answer.subjectKind),
      caveats: answer.caveats.map(words),
    });
  } catch (thrown) {
    if (thrown instanceof Fault) return 'refused';
    throw thrown;
  }
}

function words(caveat: Caveat): readonly unknown[] {
  const condition = must(conditionOf(caveat), 'a known caveat');
  switch (condition.kind) {
    case 'network':
      return ['network', ...condition.prefixes.map(({ address, bits }) => networkText(address, bits))];
    case 'origin':
      return ['origin', condition.origin];
    case 'hours':
      return [
        'hours',
        ...condition.windows.map(({ days, fromMinute, toMinute }) => [days, fromMinute, toMinute]),
      ];
  }
}

function networkText(address: Uint8Array, bits: number): string {
  if (address.length === 4) return `${address.join('.')}/${bits}`;
  const url = new URL(
    `http://[${Array.from({ length: 8 }, (_, n) => hex(address.subarray(2 * n, 2 * n + 2))).join(':')}]/`,
  );
  return `${url.hostname.slice(1, -1)}/${bits}`;
}

export async function judgeProofs(python: string): Promise<ProofVerdict> {
  const all = await cases();
  const atMs = Date.now();
  const run = spawnSync(python, [join(import.meta.dirname, 'proof.py')], {
    input: JSON.stringify({ atMs, proofs: all.map(({ bytes }) => hex(bytes)) }),
    maxBuffer: 64 << 20,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`proof.py failed: ${run.stderr}`);
  const theirs = JSON.parse(run.stdout) as readonly {
    readonly ok?: object;
    readonly refused?: string;
    readonly why?: string;
  }[];
  const failures: string[] = [];
  for (const [n, { name, bytes, good }] of all.entries()) {
    const verdict = must(theirs[n], 'a verdict for each');
    const said = verdict.ok === undefined ? 'refused' : JSON.stringify(verdict.ok);
    const mine = await ours(bytes, atMs);
    const isRight = said === mine && (said !== 'refused') === good;
    if (!isRight)
      failures.push(
        `proof ${name}: they say ${said} ${verdict.refused ?? ''} ${verdict.why ?? ''}, we ${mine}`,
      );
  }
  return { passed: all.length - failures.length, spoilt: all.filter(({ good }) => !good).length, failures };
}
