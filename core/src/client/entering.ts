/**
 * Ways into an account that need no home yet: an invitation looked at, e-mail, another device. Loaded when
 * one of them is gone, which a device does once.
 */

import { Fault } from '../base/fault.ts';
import { authActs } from '../api/auth-acts.ts';
import { openAuth } from './auth-session.ts';
import type { EmailProvider } from './email.ts';
import type { EmailEntry, EntryOptions } from './email-entry.ts';
import { signKeyOf } from './identity.ts';
import { parseLink } from './link-parts.ts';
import { openWith, readAddress, recoveryTools, type Runtime } from './open.ts';
import type { Asking } from './pair-asking.ts';
import type { RecoverOptions, Recovered } from './recovery-recover.ts';
import type { ResetEntry } from './reset-entry.ts';
import type { InvitationView, OpenOptions } from './types.ts';

/** Signs in with e-mail on a device that has no user yet. */
export async function enterWith(
  runtime: Runtime,
  address: string,
  options: EntryOptions & OpenOptions,
): Promise<EmailEntry> {
  const { EmailEntry: Entry } = await import('./email-entry.ts');
  const { url, node } = readAddress(address);
  const keep = options.keep ?? (await runtime.openKeep(url));
  const { provider, ...rest } = options;
  try {
    const parts = {
      tools: recoveryTools(runtime, options),
      url,
      node: options.nodeKey ?? node,
      keep,
      open: (handed: OpenOptions) => openWith(runtime, address, { ...rest, ...handed }),
    };
    return await Entry.begin(parts, { provider, deviceName: options.deviceName ?? runtime.deviceName });
  } finally {
    // Whoever opens the account takes it again.
    if (options.keep === undefined) await keep[Symbol.asyncDispose]();
  }
}

/** The e-mail providers of a node, for who has no account on it. */
export async function providersWith(
  runtime: Runtime,
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey'>,
): Promise<readonly EmailProvider[]> {
  const { providersOf } = await import('./email-entry.ts');
  const { url, node } = readAddress(address);
  return providersOf(recoveryTools(runtime, options), url, options.nodeKey ?? node);
}

/** A new device asks to be let in by another one of its user. */
export async function pairWith(
  runtime: Runtime,
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey' | 'deviceName'>,
): Promise<Asking> {
  const { askToPair } = await import('./pair-asking.ts');
  const { url, node } = readAddress(address);
  const nodeKey = options.nodeKey ?? node;
  const deviceName = options.deviceName ?? runtime.deviceName;
  return askToPair(recoveryTools(runtime, options), { url, nodeKey, deviceName });
}

export { lookAtAccountWith, takeUpAccountWith } from './account-entry.ts';

/** What an invitation link offers, for who has no account yet. */
export async function peekWith(
  runtime: Runtime,
  text: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<InvitationView> {
  const link = parseLink(text);
  if (link === null || link.kind !== 'join') throw new Fault('malformed', 'This is no invitation link.');
  const env = options.env ?? runtime.env;
  const primitives = options.primitives ?? runtime.primitives;
  const dial = options.dialer ?? ((target) => runtime.dial(target));
  // A key for this one look: a stranger leaves no trace.
  const device = await signKeyOf(primitives, env.random(32));
  const session = await openAuth({
    env,
    primitives,
    link: dial(`${link.origin.replace(/^http/, 'ws')}/auth`),
    node: link.node,
    device,
    blessing: null,
    events: { changed: () => {}, ended: () => {} },
  });
  try {
    const parts = {
      env,
      primitives,
      node: link.node,
      acts: session.facet(authActs, {}),
      device: device.publicKey,
    };
    const { lookAt } = await import('./site-acts.ts');
    return await lookAt(parts, link.seed);
  } finally {
    session.close();
  }
}

/** Recovers a user's secret with her code and PIN; needs no device and no account. */
export async function recoverWith(
  runtime: Runtime,
  options: RecoverOptions & Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<Recovered> {
  const { recoverSecret } = await import('./recovery-recover.ts');
  return recoverSecret(recoveryTools(runtime, options), options);
}

/** Begins anew in the place of a user who has lost everything; the runtime keeps the new keys apart. */
export async function resetWith(
  runtime: Runtime,
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<ResetEntry> {
  const { ResetEntry: Entry } = await import('./reset-entry.ts');
  const { url } = readAddress(address);
  return new Entry({
    tools: recoveryTools(runtime, options),
    url,
    deviceName: runtime.deviceName,
    openKeep: () => runtime.openKeep(url),
  });
}
