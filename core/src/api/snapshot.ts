/**
 * The contract of snapshots, a facet of the tail's link (SPEC W14, Q2): where the newest one of a log stands.
 * What is in it, and whether it holds, only those who can open the entries know.
 */

import { maybe, struct } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, type Of } from '../wire/shape.ts';
import { handleShape, positionShape } from './model.ts';

export const placeShape = struct({
  from: positionShape.about('The first position for which it does not stand: where to read on.'),
  at: positionShape.about('Of its first part.'),
  last: positionShape.about('Of its last part; entries of others may lie between.'),
});
export type Place = Of<typeof placeShape>;

export const snapshotApi = contract({
  name: 'snapshot',
  doc: 'Snapshots: entries that stand for everything before a position of their log.',
  calls: {
    newest: call(
      96,
      'Where the newest snapshot of a log stands.',
      struct({ handle: handleShape }),
      struct({ place: maybe(placeShape).about('None: nobody has made one.') }),
    ),
    note: call(
      97,
      'Says where a snapshot stands that this device has made, when all its parts have been acknowledged.',
      struct({ handle: handleShape, place: placeShape }),
      struct({ isNewest: bool.about('False: another one stands for as much or more.') }),
    ),
  },
  casts: {},
  pushes: {},
});

export type SnapshotApi = Api<typeof snapshotApi>;
export type SnapshotRemote = Remote<typeof snapshotApi>;
