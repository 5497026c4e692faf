/** What a member's app is besides what everybody loads first: one part for the browser, asked for as one. */

export { sdkGate } from './model/sdk-gate.ts';
export { House } from './shell/house.tsx';
