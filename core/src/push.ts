/** The entry `copse/push`: Web Push of browsers, for `copse.notifications()`; for pages and their service workers. */

export * from './browser/push.ts';
