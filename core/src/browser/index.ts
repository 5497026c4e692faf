/** The package `copse` in browsers. */

import type { AccountOffer } from '../client/account-look.ts';
import type { Copse } from '../client/copse.ts';
import type { EmailProvider } from '../client/email.ts';
import type { EmailEntry, EntryOptions } from '../client/email-entry.ts';
import { accountWith, openWith, readAddress } from '../client/open.ts';
import type { Asking } from '../client/pair-asking.ts';
import type { RecoverOptions, Recovered } from '../client/recovery-recover.ts';
import type { InvitationView, KnownAccount, OpenOptions } from '../client/types.ts';
import type * as Passkeys from './passkey.ts';
import { browserRuntime } from './runtime.ts';

export * from '../client/index.ts';

const entering = () => import('../client/entering.ts');

/**
 * Opens a node by its address or by a link of it: the first time with new keys and a sign-up, later as the
 * same user and device. All tabs of the origin share one connection (SPEC S5).
 */
export function openCopse(address: string, options: OpenOptions = {}): Promise<Copse> {
  return openWith(browserRuntime(nameOf(address)), address, options);
}

/** Who is signed in on this device, without signing anybody in. */
export function knownAccount(
  address: string,
  options: Pick<OpenOptions, 'keep'> = {},
): Promise<KnownAccount | null> {
  return accountWith(browserRuntime(nameOf(address)), address, options.keep);
}

/** What an invitation link offers, for who has no account yet. */
export async function peekInvitation(
  link: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'> = {},
): Promise<InvitationView> {
  return (await entering()).peekWith(browserRuntime(nameOf(link)), link, options);
}

/** One account per node and origin. */
function nameOf(address: string): string {
  return new URL(readAddress(address).url).host;
}

/** What a link to an account on a node is, before anything is made. */
export async function lookAtAccount(
  link: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer'> = {},
): Promise<AccountOffer> {
  return (await entering()).lookAtAccountWith(browserRuntime(nameOf(link)), link, options);
}

/** Comes in by a link to an account, as `openCopse` does: with new keys, or those that this device has. */
export async function takeUpAccount(link: string, options: OpenOptions = {}): Promise<Copse> {
  return (await entering()).takeUpAccountWith(browserRuntime(nameOf(link)), link, options);
}

/** Recovers a user's secret from her realms with her code and her PIN; then `openCopse(home.url, { secret })`. */
export async function recoverAccount(
  options: RecoverOptions & Pick<OpenOptions, 'env' | 'primitives' | 'dialer'>,
): Promise<Recovered> {
  return (await entering()).recoverWith(browserRuntime('recovery'), options);
}

/** The e-mail providers of a node. */
export async function emailProviders(
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey'> = {},
): Promise<readonly EmailProvider[]> {
  return (await entering()).providersWith(browserRuntime(nameOf(address)), address, options);
}

/** Signs in with e-mail on a device that has no user yet; `open` of what it answers ends it. */
export async function enterWithEmail(
  address: string,
  options: EntryOptions & OpenOptions,
): Promise<EmailEntry> {
  return (await entering()).enterWith(browserRuntime(nameOf(address)), address, options);
}

/** A new device asks another one of its user to let it in; `openCopse` with what it is handed ends it. */
export async function pairDevice(
  address: string,
  options: Pick<OpenOptions, 'env' | 'primitives' | 'dialer' | 'nodeKey' | 'deviceName'> = {},
): Promise<Asking> {
  return (await entering()).pairWith(browserRuntime(nameOf(address)), address, options);
}

/** Passkeys that lock and open the keys of this device: `copse.atRest()`, `OpenOptions.unlock`. */
export function passkeys(): Promise<typeof Passkeys> {
  return import('./passkey.ts');
}
