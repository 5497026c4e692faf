/**
 * Finds QR codes in pictures: by the browser itself where it can, otherwise by a library that is loaded when the
 * first picture is looked at. Nothing of a picture leaves the page.
 */

export type Picture = HTMLVideoElement | ImageBitmap;
/** What the code in a picture says, or null when none is seen. */
export type QrReader = (picture: Picture) => Promise<string | null>;

interface Detector {
  detect(source: Picture): Promise<readonly { readonly rawValue: string }[]>;
}
type DetectorClass = (new (options: { readonly formats: readonly string[] }) => Detector) & {
  getSupportedFormats(): Promise<readonly string[]>;
};

/** Larger pictures are made smaller first: a code that fills a tenth of a photograph is still found. */
const SIDE_MAX = 1_280;

export async function qrReader(): Promise<QrReader> {
  return (await ownDetector()) ?? (await library());
}

async function ownDetector(): Promise<QrReader | null> {
  const found: unknown = Reflect.get(globalThis, 'BarcodeDetector');
  if (!isDetector(found)) return null;
  try {
    if (!(await found.getSupportedFormats()).includes('qr_code')) return null;
    const detector = new found({ formats: ['qr_code'] });
    return async (picture) => (await detector.detect(picture))[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}

function isDetector(value: unknown): value is DetectorClass {
  return typeof value === 'function' && 'getSupportedFormats' in value;
}

async function library(): Promise<QrReader> {
  const { decodeQR } = await import('qr/decode.js');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return async (picture) => {
    const [width, height] = sizeOf(picture);
    if (context === null || width === 0 || height === 0) return null;
    const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    try {
      return decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // It says so by throwing when there is none.
      return null;
    }
  };
}

function sizeOf(picture: Picture): readonly [number, number] {
  if (picture instanceof ImageBitmap) return [picture.width, picture.height];
  return [picture.videoWidth, picture.videoHeight];
}
