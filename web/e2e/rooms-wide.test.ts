/** Every room, light and wide. */

import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { lookAtRooms } from './look-at-rooms.ts';
import { wide } from './visit.ts';

await lookAtRooms(wide, { chromium: ensureChromium(), args: CHROMIUM_ARGS });
