/** Every second room: light and wide, then dark and narrow. */

import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { lookAtRooms } from './look-at-rooms.ts';

await lookAtRooms(0, { chromium: ensureChromium(), args: CHROMIUM_ARGS });
