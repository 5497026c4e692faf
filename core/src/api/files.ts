/**
 * What is said over HTTP about files (SPEC Z41, Z42), in these shapes: as JSON, or packed as on a link for who says
 * so in `Accept` and `Content-Type`. The bytes of files are bodies of their own.
 */

import {
  fileBytesMax,
  fileChunksMax,
  fileNameBytesMax,
  filePageMax,
  fileTypeBytesMax,
} from '../base/limits-files.ts';
import { list, maybe, struct } from '../wire/compound.ts';
import { bool, bytes, choice, fixed, id, text, uint } from '../wire/shape.ts';
import { timeShape } from './model.ts';

export const filesPath = '/files/';
/** Of what is packed. */
export const packedType = 'application/vnd.copse';

/** The address of a file, in hex. */
export const fileAddressShape = id(32, (hex) => hex);
const typeShape = text(fileTypeBytesMax);
const kindShape = choice('own', 'cache');
const stateShape = choice('coming', 'whole');
const pictureShape = maybe(struct({ width: uint(), height: uint() }));

export const ticketShape = struct({
  ticket: text(512).about('For the header `Authorization: Bearer …`.'),
  expiresMs: timeShape,
  bytes: uint().about('That the account may have, or the grant.'),
});

export const offerShape = struct({
  size: uint(fileBytesMax),
  type: typeShape.about('Content type.'),
  name: text(fileNameBytesMax).about('For the list of the account; nobody else sees it.'),
  kind: kindShape.about('`own`, or `cache` for what falls when room is needed.'),
  chunks: bytes(fileChunksMax * 32).about('SHA-256 of each chunk of 1 MiB, one after the other.'),
});

export const takenShape = struct({
  address: fileAddressShape,
  state: stateShape,
  missing: bytes(Math.ceil(fileChunksMax / 8)).about(
    'A bit per chunk, the lowest first: set where it is not there.',
  ),
});

/** What is known of a whole file; also of one whose parts are fetched from anywhere. */
export const fileShape = struct({
  address: fileAddressShape,
  size: uint(fileBytesMax),
  type: typeShape,
  root: fixed(32).about('Of the tree over the chunks.'),
  sha256: fileAddressShape.about('Of all bytes.'),
  picture: pictureShape,
});

export const manifestShape = struct({
  size: uint(fileBytesMax),
  type: typeShape,
  root: fixed(32),
  chunks: bytes(fileChunksMax * 32),
});

export const chunkProofShape = struct({
  size: uint(fileBytesMax),
  type: typeShape,
  root: fixed(32),
  chunk: uint(fileChunksMax),
  sha256: fileAddressShape.about('Of the chunk.'),
  proof: list(fixed(32), 64).about('Hashes of the tree, the nearest first (RFC 6962 section 2.1.1).'),
});

export const heldPageShape = struct({
  bytes: uint(),
  cacheBytes: uint().about('Of that what falls when room is needed.'),
  allowance: uint(),
  count: uint(),
  uploads: uint().about('Under way.'),
  files: list(
    struct({
      address: fileAddressShape,
      size: uint(fileBytesMax),
      type: typeShape,
      name: text(fileNameBytesMax),
      kind: kindShape,
      pinned: bool,
      state: stateShape,
      usedMs: timeShape,
    }),
    filePageMax,
  ),
  before: maybe(uint()).about('For the next page; null: this is the last.'),
});

export const pinShape = struct({ pinned: bool });
