/** The parts of the independent implementations of Web Push that we use; they carry no types of their own. */

declare module 'http_ece' {
  import type { ECDH } from 'node:crypto';

  interface Parameters {
    readonly version: 'aes128gcm';
    readonly privateKey: ECDH;
    readonly dh?: Buffer | string;
    readonly authSecret: Buffer | string;
    readonly salt?: Buffer;
    readonly rs?: number;
  }

  export function decrypt(body: Buffer, parameters: Parameters): Buffer;
  export function encrypt(text: Buffer, parameters: Parameters): Buffer;
}

declare module 'web-push' {
  interface RequestOptions {
    readonly vapidDetails: {
      readonly subject: string;
      readonly publicKey: string;
      readonly privateKey: string;
    };
    readonly TTL?: number;
    readonly contentEncoding?: 'aes128gcm';
  }

  interface RequestDetails {
    readonly method: string;
    readonly headers: Readonly<Record<string, string | number>>;
    readonly body: Buffer;
    readonly endpoint: string;
  }

  interface BrowserSubscription {
    readonly endpoint: string;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  }

  export function generateRequestDetails(
    subscription: BrowserSubscription,
    payload: string | Buffer,
    options: RequestOptions,
  ): RequestDetails;
  export function generateVAPIDKeys(): { readonly publicKey: string; readonly privateKey: string };
}
