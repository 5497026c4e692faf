/** The entry `copse/files`: what pages need beside `copse.files()`, small pictures of pictures and films. */

export * from './browser/thumbnail.ts';
