/** What an application and its home say to each other about snapshots and what is kept; loaded by who folds. */

import { positionShape } from '../api/model.ts';
import { placeShape } from '../api/snapshot.ts';
import { partsMax } from '../base/limits-snapshot.ts';
import { payloadBytesMax } from '../base/limits.ts';
import { list, maybe, nothing, struct, union } from '../wire/compound.ts';
import { bool, bytes, uint, type Of } from '../wire/shape.ts';

const index = uint(partsMax - 1);
const part = bytes(payloadBytesMax).about('As in `partShape`.');

/** Of the application. */
export const foldWishShape = union({
  newest: [1, nothing.about('Where does the newest snapshot stand?')],
  append: [2, struct({ part }).about('A part of a snapshot, to stand in the log.')],
  note: [3, struct({ place: placeShape }).about('All its parts stand there.')],
  keep: [
    4,
    struct({ index, count: uint(partsMax), part }).about(
      'A part of what is to be kept; with the last one all of them take the place of what was.',
    ),
  ],
  kept: [5, struct({ index }).about('A part of what is kept?')],
});
export type FoldWish = Of<typeof foldWishShape>;

/** Of the home, to each of them. */
export const foldAnswerShape = union({
  newest: [1, struct({ place: maybe(placeShape) })],
  append: [2, struct({ at: positionShape })],
  note: [3, struct({ isNewest: bool })],
  keep: [4, nothing],
  kept: [5, struct({ parts: list(part, 1).about('None: nothing is kept, or no such part.') })],
});
export type FoldAnswer = Of<typeof foldAnswerShape>;
