/**
 * What an application tells the home of its device about attention, as calls of the tunnel for facets
 * (`facet-tunnel.ts`): the home may be in another tab, and answers them itself (SPEC I18).
 */

import { nameShape, positionShape, siteIdShape } from '../api/model.ts';
import { nothing, struct } from '../wire/compound.ts';
import { call, contract, type Remote } from '../wire/contract.ts';
import { bool, id } from '../wire/shape.ts';

export const attendApi = contract({
  name: 'attend',
  doc: 'Who looks at an application, and what she has read.',
  calls: {
    look: call(
      0xff00,
      'Whether somebody looks at one face of the device. It counts for a minute, and is said again before that.',
      struct({ face: id(8, (hex) => hex), isHere: bool }),
      nothing,
    ),
    read: call(
      0xff01,
      'The entries of a log up to the one at this position were read.',
      struct({ site: siteIdShape, name: nameShape, at: positionShape }),
      nothing,
    ),
  },
  casts: {},
  pushes: {},
});

export type AttendRemote = Remote<typeof attendApi>;
