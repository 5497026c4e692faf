/** Shapes that the contract between an application and its home is made of (`home-api.ts`). */

import {
  deviceIdShape,
  nameShape,
  permissionsShape,
  positionShape,
  siteIdShape,
  timeShape,
  userIdShape,
} from '../api/model.ts';
import { payloadBytesMax } from '../base/limits.ts';
import { mentionsPerEntryMax } from '../base/limits-mentions.ts';
import { list, maybe, struct } from '../wire/compound.ts';
import { bool, bytes, choice, id, text, uint } from '../wire/shape.ts';

export const statusShape = choice('connecting', 'live', 'lagging', 'offline');
export const faultShape = struct({ fault: uint(255).about('Number of the fault.'), detail: text(512) });
export const logNumber = uint(0xffff_ffff).about('Number that the face gave to an open log.');
export const appendId = id(8, (text) => text).about('Names an append, whoever takes it over.');
export const value = bytes(payloadBytesMax);
export const news = maybe(list(userIdShape, mentionsPerEntryMax)).about(
  'People are to hear of it; whom it mentions.',
);
export const linkText = text(1024);
export const peopleShape = list(struct({ device: deviceIdShape, user: userIdShape, name: nameShape }), 256);

export const proofRow = struct({
  id: id(32, (hex) => hex).about('Of the attestation.'),
  site: siteIdShape,
  rights: struct({
    permissions: permissionsShape,
    resource: text(32),
    delegations: uint(),
    notBeforeMs: timeShape,
    expiresMs: timeShape,
    quota: uint(),
  }),
});

export const homeItemShape = struct({
  at: positionShape,
  device: deviceIdShape,
  timeMs: timeShape,
  broken: maybe(choice('noKey', 'altered', 'value', 'trimmed', 'chain')),
  ruling: maybe(choice('changed', 'refused')),
  isPart: bool.about('Of a snapshot.'),
  value,
});
