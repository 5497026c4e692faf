/** The other rooms: dark and narrow, then light and wide. */

import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { lookAtRooms } from './look-at-rooms.ts';

await lookAtRooms(1, { chromium: ensureChromium(), args: CHROMIUM_ARGS });
