/** The stores of a keep in IndexedDB, and its requests as promises. */

import { Fault } from '../base/fault.ts';

export const ROWS = 'rows';
export const KEYS = 'keys';
/** The key of a keep without a lock. */
export const WRAPPING = 'wrapping';
/** The record of its lock. */
export const LOCK = 'lock';

export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(faultOf(request.error)));
  });
}

export function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(faultOf(transaction.error)));
  });
}

function faultOf(error: DOMException | null): Fault {
  const code = error?.name === 'QuotaExceededError' ? 'full' : 'closed';
  return new Fault(code, 'the storage of this browser', { cause: error });
}
