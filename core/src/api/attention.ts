/**
 * The contract of attention, a facet of the tail's link (SPEC W14, I4, I10, I18): whether somebody looks at this
 * device, and what she has read. The tail tells notify.
 */

import { struct } from '../wire/compound.ts';
import { cast, contract, type Api, type Remote } from '../wire/contract.ts';
import { bool } from '../wire/shape.ts';
import { handleShape, positionShape } from './model.ts';

export const attentionApi = contract({
  name: 'attention',
  doc: 'Who is here, and what was read: so that nobody is told what she sees.',
  calls: {},
  casts: {
    look: cast(
      128,
      'Whether the user looks at this device from now on; while she looks at one, none of hers is notified. It counts for a minute, and is said again before that; a new connection begins with nobody.',
      struct({ isHere: bool }),
    ),
    seen: cast(
      129,
      'The user has read the entries of a log up to the one at this position.',
      struct({ handle: handleShape, at: positionShape }),
    ),
  },
  pushes: {},
});

export type AttentionApi = Api<typeof attentionApi>;
export type AttentionRemote = Remote<typeof attentionApi>;
