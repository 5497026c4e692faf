/** Every room, dark and narrow. */

import { CHROMIUM_ARGS, ensureChromium } from '../../scripts/chromium.mjs';
import { lookAtRooms } from './look-at-rooms.ts';
import { narrow } from './visit.ts';

await lookAtRooms(narrow, { chromium: ensureChromium(), args: CHROMIUM_ARGS });
