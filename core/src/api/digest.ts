/**
 * The contract of the digest, a facet of auth (SPEC W14, I22): by e-mail what waits, for who has looked at none of
 * her devices for a while. It is the user's, whichever of her devices says it.
 */

import { digestHoursMax } from '../base/limits-notify.ts';
import { emailBytesMax } from '../base/limits.ts';
import { maybe, nothing, struct } from '../wire/compound.ts';
import { call, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool, text, uint } from '../wire/shape.ts';

const toShape = maybe(
  struct({
    email: text(emailBytesMax).about('One with which the user has signed in.'),
    afterHours: uint(digestHoursMax).about('For how long she has looked at nothing; an hour at least.'),
  }),
);

export const digestApi = contract({
  name: 'digest',
  doc: 'What waits, by e-mail.',
  calls: {
    state: call(
      256,
      'Whether there is a digest, and to which address.',
      nothing,
      struct({ sends: bool.about('This node sends e-mail at all.'), to: toShape }),
    ),
    set: call(257, 'Sends one from now on, or none.', struct({ to: toShape }), nothing),
  },
  casts: {},
  pushes: {},
});

export type DigestApi = Api<typeof digestApi>;
export type DigestRemote = Remote<typeof digestApi>;
