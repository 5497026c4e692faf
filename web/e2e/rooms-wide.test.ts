/** Every room, light and wide. */

import { lookAtRooms } from './look-at-rooms.ts';
import { wide } from './visit.ts';

await lookAtRooms(wide);
