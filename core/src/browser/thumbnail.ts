/**
 * A small picture of a picture or a film, made where it is (SPEC Z44): the browser that shows it anyway decodes it,
 * and no node does.
 */

import { Fault } from '../base/fault.ts';
import { thumbnailBytesMax, thumbnailSideMax } from '../base/limits-files.ts';

export interface ThumbnailOptions {
  /** Width or height at most, whichever is larger; 512 unless said otherwise. */
  readonly side?: number;
  /** From 0 to 1; less when it would be too large. */
  readonly quality?: number;
}

const SIDE = 512;
const QUALITY = 0.8;
const LEAST_QUALITY = 0.2;
/** How far into a film, so that it is not black. */
const INTO_FILM_S = 1;

/** Throws `malformed` when the browser cannot show it. */
export async function thumbnailOf(source: Blob, options: ThumbnailOptions = {}): Promise<Blob> {
  const side = Math.min(options.side ?? SIDE, thumbnailSideMax);
  const isFilm = source.type.startsWith('video/');
  const picture = isFilm ? await frameOf(source) : await createImageBitmap(source).catch(unreadable);
  try {
    const scale = Math.min(1, side / Math.max(picture.width, picture.height));
    const width = Math.max(1, Math.round(picture.width * scale));
    const height = Math.max(1, Math.round(picture.height * scale));
    const canvas = new OffscreenCanvas(width, height);
    canvas.getContext('2d')?.drawImage(picture, 0, 0, width, height);
    return await encoded(canvas, options.quality ?? QUALITY);
  } finally {
    picture.close();
  }
}

async function encoded(canvas: OffscreenCanvas, quality: number): Promise<Blob> {
  for (let at = quality; ; at /= 2) {
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: at });
    if (blob.size <= thumbnailBytesMax) return blob;
    if (at < LEAST_QUALITY) throw new Fault('tooLarge', 'no thumbnail of this is small enough');
  }
}

async function frameOf(source: Blob): Promise<ImageBitmap> {
  const film = document.createElement('video');
  const url = URL.createObjectURL(source);
  try {
    film.muted = true;
    film.preload = 'auto';
    const shown = once(film, 'loadeddata');
    film.src = url;
    await shown;
    const sought = once(film, 'seeked');
    film.currentTime = Math.min(INTO_FILM_S, Number.isFinite(film.duration) ? film.duration / 2 : 0);
    await sought;
    return await createImageBitmap(film);
  } finally {
    film.removeAttribute('src');
    URL.revokeObjectURL(url);
  }
}

function once(film: HTMLVideoElement, event: 'loadeddata' | 'seeked'): Promise<void> {
  return new Promise((resolve, reject) => {
    film.addEventListener(event, () => resolve(), { once: true });
    film.addEventListener('error', () => reject(new Fault('malformed', UNREADABLE)), { once: true });
  });
}

const UNREADABLE = 'this browser cannot show it';

function unreadable(cause: unknown): never {
  throw new Fault('malformed', UNREADABLE, { cause });
}
