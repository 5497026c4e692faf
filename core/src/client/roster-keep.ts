/**
 * What was checked of the members of a site, in the keep of the device: an application starts anew more often
 * than a key changes. As secrets, because they are sealed (SPEC S10): whoever could write there what he likes
 * would be sealed to.
 */

import { fromHex, hex } from '../base/bytes.ts';
import { Fault } from '../base/fault.ts';
import type { SiteId } from '../base/ids.ts';
import { keySetPartMax } from '../base/limits.ts';
import { exchangeKeyBytes } from '../crypto/agree.ts';
import { hashBytes } from '../crypto/hash.ts';
import { list, struct } from '../wire/compound.ts';
import { decode, encode, fixed, uint, type Of } from '../wire/shape.ts';
import type { Keep, KeepChange } from './keep.ts';
import { must } from '../base/assert.ts';

const PREFIX = 'checked/';
/** Names sort as their pages do. */
const DIGITS = 6;

const checkedShape = struct({
  row: fixed(hashBytes),
  publicKey: fixed(exchangeKeyBytes),
  generation: uint(),
  notBeforeMs: uint(),
  expiresMs: uint(),
});
const pageShape = list(checkedShape, keySetPartMax);

/** What a good row says, without its name. */
export type Checked = Omit<Of<typeof checkedShape>, 'row'>;

/** By the hashes of their rows, in hex. */
export async function keptChecks(keep: Keep, site: SiteId): Promise<ReadonlyMap<string, Checked>> {
  const found = new Map<string, Checked>();
  for (const { value } of await keep.list(prefixOf(site)))
    for (const { row, publicKey, ...rest } of pageOf(value))
      found.set(hex(row), { ...rest, publicKey: publicKey.slice() });
  return found;
}

/** A page of another form costs its checks once more. */
function pageOf(value: Uint8Array): Of<typeof pageShape> {
  try {
    return decode(pageShape, value);
  } catch (thrown) {
    if (thrown instanceof Fault) return [];
    throw thrown;
  }
}

/** These in the place of all that was kept of the site. */
export async function keepChecks(
  keep: Keep,
  site: SiteId,
  checks: ReadonlyMap<string, Checked>,
): Promise<void> {
  const rows = [...checks].map(([row, each]) => ({ ...each, row: must(fromHex(row), 'a hash is hex') }));
  const changes = new Map<string, KeepChange>();
  for (const { name } of await keep.list(prefixOf(site))) changes.set(name, { name, value: null });
  for (let page = 0; page * keySetPartMax < rows.length; page++) {
    const name = prefixOf(site) + String(page).padStart(DIGITS, '0');
    const value = encode(pageShape, rows.slice(page * keySetPartMax, (page + 1) * keySetPartMax));
    changes.set(name, { name, value, secret: true });
  }
  await keep.write([...changes.values()], 'relaxed');
}

function prefixOf(site: SiteId): string {
  return `${PREFIX}${site}/`;
}
