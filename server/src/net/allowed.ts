/**
 * To which addresses this process connects when somebody else has named where (SPEC I16, Z81): what a name
 * resolves to is public, or the operator trusts the place. Whoever connects uses the very address that was checked.
 */

import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { Fault } from 'copse/internal/base/fault.ts';
import { isPublicAddress } from './public-address.ts';

/** Addresses of a name. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export interface Target {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  /** The operator named it: its addresses are not looked at. */
  readonly isTrusted: boolean;
}

const NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Whether a text is a name of the public Internet, with at least one dot. */
export function isPublicName(text: string): boolean {
  return NAME.test(text);
}

/** What a name resolves to; an address is its own. */
export function addressesOfHost(host: string, resolve: Resolve = resolveName): Promise<readonly string[]> {
  return isIP(host) === 0 ? resolve(host) : Promise.resolve([host]);
}

/** Of what a name resolves to, where one may go; none is `forbidden`. */
export function allowedAddresses(
  { host, isTrusted }: Target,
  addresses: readonly string[],
): readonly string[] {
  if (isTrusted) return addresses;
  const allowed = addresses.filter(isPublicAddress);
  if (allowed.length === 0 && addresses.length > 0)
    throw new Fault('forbidden', `${host} has an address inside a network.`);
  return allowed;
}

async function resolveName(host: string): Promise<readonly string[]> {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
