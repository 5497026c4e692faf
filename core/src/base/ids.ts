/**
 * Branded identifiers. A brand costs nothing at run time and keeps a device id from being passed where
 * a log is expected; only this file makes them.
 */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** 32-byte Ed25519 public key of a user, device, node or site. */
export type Key = Brand<Uint8Array, 'Key'>;
/** 16 bytes, lower-case hex: SHA-256 of the site's root key under its own domain, cut to 16 bytes. */
export type SiteId = Brand<string, 'SiteId'>;
/** 16 bytes, lower-case hex: 8 of its folder's and 8 of its own name, blinded with the site's name secret. */
export type LogId = Brand<string, 'LogId'>;
/** A folder's 8 bytes in lower-case hex and an asterisk: all logs whose ids begin with them. */
export type FolderPattern = Brand<string, 'FolderPattern'>;
/** 8 bytes, lower-case hex: SHA-256 of the user key under its own domain, cut; unique on a node (SPEC A3). */
export type UserId = Brand<string, 'UserId'>;
/** 8 bytes, lower-case hex: SHA-256 of the device key under its own domain, cut; unique on a node (SPEC A3). */
export type DeviceId = Brand<string, 'DeviceId'>;
/** 8 bytes, lower-case hex: the beginning of an attestation's id. Two that share it cost a question more, and no right. */
export type StandingId = Brand<string, 'StandingId'>;
/** Random number of a lease on one connection; it is the permission and means nothing elsewhere. */
export type Handle = Brand<number, 'Handle'>;

export const key = (bytes: Uint8Array): Key => bytes as Key;
export const siteId = (text: string): SiteId => text as SiteId;
export const logId = (text: string): LogId => text as LogId;
export const folderPattern = (text: string): FolderPattern => text as FolderPattern;
export const userId = (text: string): UserId => text as UserId;
export const deviceId = (text: string): DeviceId => text as DeviceId;
export const standingId = (text: string): StandingId => text as StandingId;
export const handle = (number: number): Handle => number as Handle;
