/** The setting `cold`: a directory or a bucket. */

/** `https://HOST/BUCKET/PREFIX` in its parts; null when it is a directory. */
export function bucketOf(
  text: string,
): { readonly endpoint: string; readonly bucket: string; readonly prefix: string } | null {
  if (!isUrl(text)) return null;
  const [, endpoint = '', bucket = '', rest = ''] = BUCKET.exec(text) ?? [];
  const prefix = rest.replaceAll(/^\/+|\/+$/g, '');
  return { endpoint, bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}

const BUCKET = /^(https?:\/\/[^/?#@\s]+)\/([^/?#\s]+)((?:\/[\w.-]+)*)\/?$/;

const isUrl = (text: string): boolean => /^https?:/.test(text);

/** Null when the setting has the right form, else what form that is. */
export function coldForm(text: string): string | null {
  return !isUrl(text) || BUCKET.test(text)
    ? null
    : 'a directory, or a bucket such as https://s3.example/bucket';
}
