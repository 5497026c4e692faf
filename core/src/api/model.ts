/** Shapes that several contracts share: identifiers, keys, names, permissions. */

import { deviceId, handle, logId, siteId, standingId, userId } from '../base/ids.ts';
import type { Handle } from '../base/ids.ts';
import { caveatBytesMax, nameBytesMax, originBytesMax, profileBytesMax } from '../base/limits.ts';
import { maybe, struct, union } from '../wire/compound.ts';
import { bytes, choice, fixed, id, makeShape, text, uint, type Of, type Shape } from '../wire/shape.ts';

export const siteIdShape = id(16, siteId).about(
  'Site: SHA-256 of its root key under its domain, first 16 bytes.',
);
export const logIdShape = id(16, logId).about('Log: its name blinded with the secret of its site.');
export const userIdShape = id(8, userId).about(
  'User: SHA-256 of the user key under its domain, first 8 bytes.',
);
export const deviceIdShape = id(8, deviceId).about(
  'Device: SHA-256 of its key under its domain, first 8 bytes.',
);
export const standingIdShape = id(8, standingId).about('The first 8 bytes of the id of an attestation.');
export const originShape = text(originBytesMax).about('Web origin, as `https://app.example`.');
export const keyShape = fixed(32).about('Ed25519 public key (RFC 8032).');
export const signatureShape = fixed(64).about('Ed25519 signature (RFC 8032).');
export const tokenShape = fixed(80).about('Token: 64 bytes and a 16-byte MAC.');
export const guidShape = fixed(16).about('Random id of this attempt; the same id gets the same answer.');
export const nameShape = text(nameBytesMax).about('A name that people read.');
export const timeShape = uint().about('Milliseconds since 1970.');
export const positionShape = uint().about('Position in a log, from 1.');
export const epochShape = uint(0xffff_ffff).about('Epoch.');

const handleNumber = uint(0xffff_ffff);
/** Random per connection; it is the permission. */
export const handleShape: Shape<Handle> = makeShape<Handle>(
  {
    spec: handleNumber.spec,
    bytesMax: handleNumber.bytesMax,
    write: (writer, value) => handleNumber.write(writer, value),
    read: (reader) => handle(handleNumber.read(reader)),
  },
  'Handle of a lease on this connection.',
);
export const channelShape = uint(0xffff_ffff).about(
  'Number under which pushes of a log arrive on this connection.',
);

/** Bits of a permission set. */
export const permission = { read: 1, write: 2, lead: 4, invite: 8, admin: 16 } as const;
export const permissionsAll = 31;
export const permissionsShape = uint(permissionsAll).about(
  'Bit set: read 1, write 2, lead 4, invite 8, admin 16.',
);

export const profileShape = struct({
  name: nameShape,
  about: text(profileBytesMax - 1024).about('What the user says of herself.'),
  locale: text(32).about('Preferred language, BCP 47, or empty.'),
});
export type Profile = Of<typeof profileShape>;

export const profileChangeShape = union({
  name: [1, struct({ value: nameShape })],
  about: [2, struct({ value: text(profileBytesMax - 1024).about('What the user says of herself.') })],
  locale: [3, struct({ value: text(32).about('Preferred language, BCP 47, or empty.') })],
});
export type ProfileChange = Of<typeof profileChangeShape>;

export const deviceShape = struct({
  device: deviceIdShape,
  key: keyShape,
  name: nameShape,
  createdMs: timeShape,
  seenMs: timeShape,
  /** When it was revoked. */
  revokedMs: maybe(timeShape),
});
export type DeviceRow = Of<typeof deviceShape>;

export const invitationStateShape = choice('open', 'used', 'expired', 'withdrawn').about(
  'An open one admits whoever holds its key.',
);

export const caveatShape = struct({
  kind: uint(255).about('1 network, 2 origin, 3 hours.'),
  value: bytes(caveatBytesMax),
});
