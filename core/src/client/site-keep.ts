/** Site keys in the keep of a device, by site and epoch: secrets, written before anything is sealed under them. */

import type { SiteId } from '../base/ids.ts';
import { struct } from '../wire/compound.ts';
import { decode, encode, fixed } from '../wire/shape.ts';
import type { Keep } from './keep.ts';
import type { SiteSecrets } from './site-keys.ts';

const PREFIX = 'sitekey/';
/** Names sort as their epochs do. */
const DIGITS = 10;
const keptShape = struct({ key: fixed(32), nameSecret: fixed(32) });

/** Oldest first. */
export async function keptSecrets(keep: Keep, site: SiteId): Promise<readonly SiteSecrets[]> {
  const prefix = `${PREFIX}${site}/`;
  return (await keep.list(prefix)).map(({ name, value }) => ({
    epoch: Number(name.slice(prefix.length)),
    ...decode(keptShape, value),
  }));
}

export async function keepSecrets(keep: Keep, site: SiteId, secrets: readonly SiteSecrets[]): Promise<void> {
  const rows = secrets.map(({ epoch, key, nameSecret }) => ({
    name: `${PREFIX}${site}/${String(epoch).padStart(DIGITS, '0')}`,
    value: encode(keptShape, { key, nameSecret }),
    secret: true,
  }));
  await keep.write(rows);
}
