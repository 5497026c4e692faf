/** Every decoder there is. */

import { AUTHORITY_DECODERS } from './authority.ts';
import { FILE_DECODERS } from './files.ts';
import type { Decoder } from './fuzz.ts';
import { MESSAGE_DECODERS } from './messages.ts';
import { NODE_LOG_DECODERS } from './node-log.ts';
import { OBJECT_DECODERS } from './objects.ts';
import { PUSH_DECODERS } from './push.ts';
import { TEXT_DECODERS } from './texts.ts';

export const DECODERS: readonly Decoder[] = [
  ...MESSAGE_DECODERS,
  ...OBJECT_DECODERS,
  ...AUTHORITY_DECODERS,
  ...NODE_LOG_DECODERS,
  ...TEXT_DECODERS,
  ...FILE_DECODERS,
  ...PUSH_DECODERS,
];
