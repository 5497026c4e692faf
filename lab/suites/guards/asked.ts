/** The attacks that must be in the table of `SECURITY.md`, each with a guard. */

/** Each by words that its row has. */
export const ASKED = [
  'wider',
  'date beyond',
  'more often than allowed',
  'spliced',
  'circle',
  'middle was revoked',
  'Another key in a true envelope',
  'login that is sent again',
  'token of another shard',
  'DPoP',
  'nonce of an earlier sign-in',
  'mix-up',
  'history',
  'forked',
  'set back',
];
