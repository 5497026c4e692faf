/**
 * The contract of cold entries, a facet of the tail's link (SPEC W14, B5): where the blobs are that hold a log
 * from a position on, for who fetches and checks them by itself instead of reading through the node.
 */

import { blobAddressMax, blobBytesMax, coldRunsMax } from '../base/limits-cold.ts';
import { list, struct } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { choice, fixed, text, uint, type Of } from '../wire/shape.ts';
import { handleShape, positionShape } from './model.ts';

export const redirectShape = struct({
  at: positionShape.about('Position of the first entry.'),
  count: uint().about('Entries.'),
  url: text(blobAddressMax).about(
    'Where the blob is: http or https, or a path at the node itself. Good for a quarter of an hour at least.',
  ),
  start: uint().about('Where the bytes begin in what is there.'),
  size: uint(blobBytesMax).about('Bytes from there on.'),
  sha256: fixed(32).about('Of these bytes.'),
  codec: choice('raw', 'gzip').about('How they become entries laid end to end: as they are, by RFC 1952.'),
  bytes: uint(blobBytesMax).about('Of the entries.'),
});
export type Redirect = Of<typeof redirectShape>;

export const coldApi = contract({
  name: 'cold',
  doc: 'Cold entries: old parts of a log that lie in a blob store and can be fetched from there.',
  calls: {
    find: call(
      64,
      'The parts of a log that hold it from a position on, one behind the other; none: `read` it here.',
      struct({
        handle: handleShape,
        from: positionShape,
        countMax: uint(coldRunsMax).about('Parts wanted.'),
      }),
      struct({ runs: list(redirectShape, coldRunsMax) }),
    ),
  },
  casts: {},
  pushes: {},
});

export type ColdApi = Api<typeof coldApi>;
export type ColdRemote = Remote<typeof coldApi>;
