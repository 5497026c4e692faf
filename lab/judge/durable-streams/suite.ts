/** What the runner of the public suite loads: all its tests, against the node whose address it is given. */

import { runConformanceTests } from '@durable-streams/server-conformance-tests';

runConformanceTests({
  baseUrl: process.env['JUDGED_URL'] ?? '',
  longPollTimeoutMs: Number(process.env['JUDGED_POLL_MS']),
});
