/** All guards. */

import { ACCOUNT_GUARDS } from './accounts.ts';
import { ACCOUNT_FILE_GUARDS } from './account-files.ts';
import { EMAIL_GUARDS } from './email.ts';
import { EXCHANGE_GUARDS } from './exchange.ts';
import type { Guard } from './guard.ts';
import { KEYS_GUARDS } from './keys.ts';
import { LOG_GUARDS } from './log.ts';
import { NOTIFICATION_GUARDS } from './notifications.ts';
import { SNAPSHOT_GUARDS } from './snapshots.ts';
import { TERMINAL_GUARDS } from './terminal.ts';
import { RIGHTS_GUARDS } from './rights.ts';
import { STRANGERS_GUARDS } from './strangers.ts';
import { SESSIONS_GUARDS } from './sessions.ts';

export const GUARDS: readonly Guard[] = [
  ...RIGHTS_GUARDS,
  ...KEYS_GUARDS,
  ...SESSIONS_GUARDS,
  ...EMAIL_GUARDS,
  ...LOG_GUARDS,
  ...SNAPSHOT_GUARDS,
  ...TERMINAL_GUARDS,
  ...STRANGERS_GUARDS,
  ...EXCHANGE_GUARDS,
  ...ACCOUNT_GUARDS,
  ...ACCOUNT_FILE_GUARDS,
  ...NOTIFICATION_GUARDS,
];
