/** What of the scope of a service worker is used; the compiler knows that of a page. */

/** Work that the browser waits for. */
export interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}

export interface Pushed extends Extendable {
  readonly data: { arrayBuffer(): ArrayBuffer } | null;
  /** What a browser makes of a declarative message before the worker is asked. */
  readonly notification?: Notification | null;
  readonly appBadge?: number | null;
}

export interface Clicked extends Extendable {
  readonly notification: Notification;
}

/** A page of the app. */
export interface PageClient {
  readonly id: string;
  readonly focused: boolean;
  readonly visibilityState: DocumentVisibilityState;
  focus(): Promise<unknown>;
  postMessage(message: unknown, transfer?: readonly Transferable[]): void;
}

export interface PageClients {
  matchAll(options: {
    readonly type: 'window';
    readonly includeUncontrolled: boolean;
  }): Promise<readonly PageClient[]>;
  openWindow(url: string): Promise<unknown>;
}

/** The part of the worker that is loaded with the first push (`news.ts`). */
export interface NewsPart {
  pushed(bytes: Uint8Array): Promise<void>;
  clicked(notification: Notification): Promise<void>;
  renewed(): Promise<void>;
}

/** Under which `news.ts` leaves itself for the worker. */
export const NEWS_NAME = 'copseNews';
