/** The neighbourhood with its rooms: one part for the browser, asked for as one. */

export { forgetNeighbourhood, openNeighbourhood } from 'copse/internal/browser/neighbourhood.ts';
export { createStreet } from './model/neighbourhood/street.ts';
export { StreetRooms, streetStyle } from './room/neighbourhood/street-rooms.tsx';
