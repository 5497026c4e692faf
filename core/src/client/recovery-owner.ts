/** What an owner does about her recovery: sets it up, renews it, looks after it, ends it (SPEC P8, P9, P11). */

import { asFault, Fault } from '../base/fault.ts';
import type { Key } from '../base/ids.ts';
import { recoveryTriesMax, recoveryTriesUsual, stretchCostLogUsual } from '../base/limits.ts';
import { prove } from '../capability/possession.ts';
import {
  codeText,
  parseCode,
  recoveryIdAt,
  recoveryKeysOf,
  type RecoveryKeys,
} from '../capability/recovery-code.ts';
import { lettingIn, owning, ownerAct, type OwnerAct } from '../capability/recovery-proof.ts';
import { makeRecovery, type MadeRecovery, type RealmPart } from '../capability/recovery.ts';
import { encode } from '../wire/shape.ts';
import { signKeyOf, userKeysOf } from './identity.ts';
import { readRealm, type RealmChoice } from './recovery-links.ts';
import { weaknessesOf, type PinWeakness } from './recovery-pin.ts';
import { payloadShape } from './recovery-recover.ts';
import { visit, type RecoveryTools, type Visit } from './recovery-realms.ts';

export interface SetUpOptions {
  readonly pin: string;
  /** Addresses of nodes where the user has an account, or links of grants from friends. */
  readonly realms: readonly string[];
  /** So many realms recover; more than half of them unless said otherwise. */
  readonly threshold?: number;
  /** Wrong guesses after which a realm destroys its share; 10 unless said otherwise. */
  readonly tries?: number;
  /** The code until now: realms that are left out this time forget the recovery. */
  readonly replaces?: string;
  /** Logarithm of N of scrypt, for tests and for who wants more. */
  readonly costLog?: number;
}

export interface RealmFailure {
  readonly url: string;
  readonly fault: Fault;
}

export interface SetUp {
  /** To be kept where it is found when every device is lost. */
  readonly code: string;
  readonly threshold: number;
  readonly realms: readonly string[];
  /** Realms that do not have it; with these and no others the recovery should be renewed. */
  readonly failed: readonly RealmFailure[];
  readonly weaknesses: readonly PinWeakness[];
}

/** The user who sets up, and where she is at home. */
export interface Owner {
  readonly secret: Uint8Array;
  readonly url: string;
  readonly node: Key;
}

export async function setUpRecovery(
  tools: RecoveryTools,
  owner: Owner,
  options: SetUpOptions,
): Promise<SetUp> {
  const { env, primitives } = tools;
  const weaknesses = weaknessesOf(options.pin);
  if (weaknesses === null) throw new Fault('usage', 'A PIN has four characters at least.');
  const choices = options.realms.map(readRealm);
  const { threshold, tries } = bounds(choices.length, options);
  const visits = await visitAll(tools, choices);
  try {
    const keys = await recoveryKeysOf(primitives, owner.secret);
    const made = await makeRecovery(primitives, env, keys, {
      pin: options.pin,
      realms: visits.map(({ visited }) => visited),
      threshold,
      triesMax: tries,
      costLog: options.costLog ?? stretchCostLogUsual,
      payload: encode(payloadShape, owner),
    });
    const failed = await registerAll(tools, { owner, keys, made, tries }, visits);
    const realms = visits.map(({ visited }) => visited.url);
    if (realms.length - failed.length < threshold) throw failed[0]?.fault ?? new Fault('closed');
    await leaveOthers(tools, owner, options.replaces, realms);
    return { code: codeText({ ...keys.code, realms }), threshold, realms, failed, weaknesses };
  } finally {
    for (const { visited } of visits) visited[Symbol.dispose]();
  }
}

function bounds(
  count: number,
  options: SetUpOptions,
): { readonly threshold: number; readonly tries: number } {
  const threshold = options.threshold ?? Math.floor(count / 2) + 1;
  const tries = options.tries ?? recoveryTriesUsual;
  if (count < 2) throw new Fault('usage', 'A recovery needs two realms at least.');
  if (!(threshold >= 2 && threshold <= count)) {
    throw new Fault('usage', `Of ${count} realms, 2 to ${count} can be asked for.`);
  }
  if (!(tries >= 1 && tries <= recoveryTriesMax)) {
    throw new Fault('usage', `1 to ${recoveryTriesMax} tries can be allowed.`);
  }
  return { threshold, tries };
}

interface ChosenVisit {
  readonly choice: RealmChoice;
  readonly visited: Visit;
}

/** All of them must be there: a set-up that begins with a lost realm is none. */
async function visitAll(tools: RecoveryTools, choices: readonly RealmChoice[]): Promise<ChosenVisit[]> {
  const opening = choices.map(async (choice) => {
    const visited = await visit(tools, choice.url, { known: choice.node });
    return { choice, visited };
  });
  const settled = await Promise.allSettled(opening);
  const open = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed === undefined) return open;
  for (const { visited } of open) visited[Symbol.dispose]();
  throw failed.reason;
}

interface Registering {
  readonly owner: Owner;
  readonly keys: RecoveryKeys;
  readonly made: MadeRecovery;
  readonly tries: number;
}

async function registerAll(
  tools: RecoveryTools,
  registering: Registering,
  visits: readonly ChosenVisit[],
): Promise<readonly RealmFailure[]> {
  const outcomes = await Promise.all(
    visits.map(async (chosen, i): Promise<RealmFailure | null> => {
      const part = registering.made.parts[i];
      try {
        if (part !== undefined) await register(tools, registering, chosen, part);
        return null;
      } catch (thrown) {
        return { url: chosen.visited.url, fault: asFault(thrown) };
      }
    }),
  );
  return outcomes.filter((failure) => failure !== null);
}

async function register(
  tools: RecoveryTools,
  { owner, keys, made, tries }: Registering,
  { choice, visited }: ChosenVisit,
  part: RealmPart,
): Promise<void> {
  const { primitives } = tools;
  const { card, madeMs } = made;
  const { id, seed, tag, share } = part;
  const where = { node: visited.node, device: visited.device.publicKey, id };
  const kept = { seed, tag, share, card, triesMax: tries, madeMs };
  const own = {
    owner: keys.publicKey,
    proof: await prove(primitives, keys.seed, owning(primitives, ownerAct.register, where, kept)),
  };
  const claim = lettingIn(where, keys.publicKey);
  const by =
    choice.grant === null
      ? (await userKeysOf(primitives, owner.secret)).sign
      : await signKeyOf(primitives, choice.grant);
  const admission = {
    kind: choice.grant === null ? ('user' as const) : ('grant' as const),
    key: by.publicKey,
    proof: await prove(primitives, by.seed, claim),
  };
  await visited.remote.register({ id, ...kept, own, admission });
}

/** Realms that are no more of the recovery forget it, as far as they can be reached. */
async function leaveOthers(
  tools: RecoveryTools,
  owner: Owner,
  replaces: string | undefined,
  stays: readonly string[],
): Promise<void> {
  const code = replaces === undefined ? null : parseCode(replaces);
  const left = (code?.realms ?? []).filter((url) => !stays.includes(url));
  await Promise.all(left.map((url) => atRealm(tools, owner, url, ownerAct.remove)));
}

export interface RealmStatus {
  readonly url: string;
  /** Null when it could not be asked, or knows nothing of it. */
  readonly registered: {
    readonly triesLeft: number;
    readonly triesMax: number;
    readonly madeMs: number;
    readonly askedMs: number | null;
    readonly recoveredMs: number | null;
    readonly locked: boolean;
  } | null;
  readonly fault: Fault | null;
}

/** What each realm of the code says. */
export async function recoveryStatus(
  tools: RecoveryTools,
  owner: Owner,
  text: string,
): Promise<readonly RealmStatus[]> {
  return Promise.all(realmsOf(text).map((url) => atRealm(tools, owner, url, ownerAct.status)));
}

/** Ends the recovery at each realm of the code; answers where that did not succeed. */
export async function removeRecovery(
  tools: RecoveryTools,
  owner: Owner,
  text: string,
): Promise<readonly RealmFailure[]> {
  const done = await Promise.all(realmsOf(text).map((url) => atRealm(tools, owner, url, ownerAct.remove)));
  return done.flatMap(({ url, fault }) =>
    fault === null || fault.code === 'unknown' ? [] : [{ url, fault }],
  );
}

function realmsOf(text: string): readonly string[] {
  const code = parseCode(text);
  if (code === null) throw new Fault('malformed', 'This is no recovery code.');
  return code.realms;
}

async function atRealm(tools: RecoveryTools, owner: Owner, url: string, act: OwnerAct): Promise<RealmStatus> {
  const { primitives } = tools;
  let visited: Awaited<ReturnType<typeof visit>> | null = null;
  try {
    visited = await visit(tools, url);
    const keys = await recoveryKeysOf(primitives, owner.secret);
    const id = recoveryIdAt(primitives, keys.code, visited.node);
    const claim = owning(primitives, act, { node: visited.node, device: visited.device.publicKey, id });
    const own = { owner: keys.publicKey, proof: await prove(primitives, keys.seed, claim) };
    if (act === ownerAct.status) {
      return { url, registered: await visited.remote.status({ id, own }), fault: null };
    }
    await visited.remote.remove({ id, own });
    return { url, registered: null, fault: null };
  } catch (thrown) {
    return { url, registered: null, fault: asFault(thrown) };
  } finally {
    visited?.[Symbol.dispose]();
  }
}
