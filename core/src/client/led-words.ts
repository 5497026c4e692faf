/** What an application and its home say to each other about leading a log; loaded by who leads. */

import { deviceIdShape, epochShape, positionShape, timeShape } from '../api/model.ts';
import { payloadBytesMax } from '../base/limits.ts';
import { maybe, nothing, struct, union } from '../wire/compound.ts';
import { bool, bytes, text, uint, type Of } from '../wire/shape.ts';

const number = uint(0xffff_ffff).about('Of an entry that is to be decided, within one lead.');
const value = bytes(payloadBytesMax);
/** Why an entry was refused, as its writer reads it. */
const reasonShape = text(512);

/** Of the application. */
export const leadWishShape = union({
  ask: [1, nothing.about('It wants to lead, and does not stop wanting to.')],
  ready: [2, struct({ lead: epochShape }).about('It has applied everything that stands in the log.')],
  ruled: [
    3,
    struct({
      lead: epochShape,
      number,
      ruling: union({
        take: [1, nothing],
        change: [2, struct({ value })],
        refuse: [3, struct({ reason: reasonShape })],
      }),
    }).about('What becomes of an entry; in the order in which they came.'),
  ],
  stepDown: [4, struct({ to: maybe(deviceIdShape), open: bool }).about('It leads no more.')],
});
export type LeadWish = Of<typeof leadWishShape>;

/** Of the home. */
export const leadNewsShape = union({
  waiting: [1, nothing.about('Another device leads, or none.')],
  leading: [2, struct({ lead: epochShape, tail: positionShape }).about('This device leads.')],
  decide: [
    3,
    struct({ lead: epochShape, number, device: deviceIdShape, timeMs: timeShape, value }).about(
      'An entry was handed in.',
    ),
  ],
  failed: [4, struct({ fault: uint(255), detail: text(512) }).about('It cannot lead; for good or for now.')],
  steppedDown: [5, nothing],
});
export type LeadNews = Of<typeof leadNewsShape>;
