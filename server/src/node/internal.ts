/**
 * What a judge needs of the node and nobody else does: no promise to anybody. It is built beside the program and
 * shares its chunks, so whoever imports it runs the code of the published files (decision 21).
 */

export { encryptPadded, encryptPush, encryptRecord } from '../notify/push/encrypt.ts';
export { EndpointPolicy } from '../notify/push/endpoint.ts';
export { networkPost } from '../notify/push/post.ts';
export { Sender } from '../notify/push/sender.ts';
export { pointJwk, readPushKeys } from '../notify/push/subscription.ts';
export { newVapidKey, Vapid } from '../notify/push/vapid.ts';
export { NodeLog } from '../auth/node-log.ts';
export { openSqliteTlog } from '../store/tlog-sqlite.ts';
export { composeNode } from './compose.ts';
export { dataPaths } from './data-directory.ts';
export { nodeSeed } from './node-key.ts';
export { readSettings } from './settings.ts';
