/**
 * The entry `copse/files`: what pages need beside `copse.files()`, small pictures of pictures and films, and pictures
 * without what a camera wrote beside them. */

export * from './browser/bare-picture.ts';
export * from './browser/thumbnail.ts';
