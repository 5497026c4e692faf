/** Every room, dark and narrow. */

import { lookAtRooms } from './look-at-rooms.ts';
import { narrow } from './visit.ts';

await lookAtRooms(narrow);
