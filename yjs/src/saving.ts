/** What has become of the changes that somebody made in a document (SPEC Y6). */

import type { Fault } from 'copse';

export type Saving =
  /** All are in the log. */
  | { readonly kind: 'saved' }
  /** Some are on their way. */
  | { readonly kind: 'saving' }
  /** Some are kept on this device until there is a connection. */
  | { readonly kind: 'waiting' }
  /** The log does not take them; they are in this document only, and gone when it is closed. */
  | { readonly kind: 'refused'; readonly fault: Fault };
