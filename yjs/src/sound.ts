/**
 * Whether an update may be applied (SPEC Y5). Yjs trusts what it reads: an update of ten bytes makes it reserve memory
 * for four billion structs that are not there, and one without a length stands in the way of what is typed beside it,
 * for whoever comes later. One that stands beside itself is found when half of the update is in the document. So an
 * update is looked through before, lazily and without effect.
 */

import { decodeUpdate, decodeUpdateV2, ID, Item, UpdateDecoderV2 } from 'yjs';

type Struct = ReturnType<typeof decodeUpdate>['structs'][number];

export function isSoundUpdate(update: Uint8Array): boolean {
  return isKeystroke(update) || isEach(() => decodeUpdate(update).structs);
}

export function isSoundState(update: Uint8Array): boolean {
  return isEach(() => decodeUpdateV2(update, UpdateDecoderV2).structs);
}

function isEach(read: () => readonly Struct[]): boolean {
  try {
    return read().every((struct) => {
      const { id, length } = struct;
      if (length <= 0 || !Number.isSafeInteger(id.clock + length) || !Number.isSafeInteger(id.client))
        return false;
      if (!(struct instanceof Item)) return true;
      return [struct.origin, struct.rightOrigin, struct.parent].every((place) => isElsewhere(place, id));
    });
  } catch {
    return false;
  }
}

/** Whether a struct stands beside or in what was there before it, as far as that is by the same client. */
function isElsewhere(place: unknown, { client, clock }: ID): boolean {
  return !(place instanceof ID) || place.client !== client || place.clock < clock;
}

/** Of a struct, in its first byte: that it is text, and stands behind or before another one. */
const TEXT = 4;
const KIND = 31;
const BEHIND = 128;
const BEFORE = 64;
const CLOCK_MAX = 2 ** 52;

/**
 * One piece of text beside another, or deletions alone: most of what is typed. Told by its first bytes, which takes
 * an eighth of the time; whatever is wrong behind them is found before anything is changed.
 */
function isKeystroke(update: Uint8Array): boolean {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; at < update.length; scale *= 128) {
      const byte = update[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      if (scale > CLOCK_MAX) break;
    }
    return Number.NaN;
  };
  const clients = next();
  if (clients === 0) return true;
  if (clients !== 1 || next() !== 1) return false;
  const client = next();
  const clock = next();
  const info = update[at++] ?? 0;
  if ((info & KIND) !== TEXT || (info & (BEHIND | BEFORE)) === 0) return false;
  for (const side of [BEHIND, BEFORE]) {
    if ((info & side) === 0) continue;
    const beside = next();
    const besideClock = next();
    if (beside === client && !(besideClock < clock)) return false;
  }
  return next() > 0 && client <= Number.MAX_SAFE_INTEGER && clock < CLOCK_MAX;
}
