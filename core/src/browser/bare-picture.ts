/** What a camera or an editor wrote beside a picture, taken out before it goes anywhere (SPEC Z97). */

import { bareBytesMax } from '../base/limits-files.ts';
import { barePicture } from '../social/files/bare-picture.ts';

/** The same picture without it; what is no JPEG, PNG or WebP, or larger than any picture, as it is. */
export async function barePictureOf(source: Blob, type: string = source.type): Promise<Blob> {
  if (!type.startsWith('image/') || source.size > bareBytesMax) return source;
  const bare = barePicture(type, new Uint8Array(await source.arrayBuffer()));
  return bare === null ? source : new Blob([new Uint8Array(bare)], { type });
}
