/**
 * A device in a process of its own that leads a log whenever it can, for the benchmark of led logs: joins by
 * the link, prints when it leads, and hands the lead to the device that a line on its input names.
 */

import { createInterface } from 'node:readline';
import { must } from 'copse/internal/base/assert.ts';
import { deviceId } from 'copse/internal/base/ids.ts';
import { MemoryKeep, type Sequencer } from 'copse/internal/client/index.ts';
import { openCopse } from 'copse/internal/native/index.ts';

const TAKES_ALL: Sequencer<unknown> = { apply() {}, decide: () => ({ kind: 'take' }) };

const [, , link] = process.argv;
const invitation = must(link, 'the link of an invitation');
const copse = await openCopse(invitation, { keep: new MemoryKeep(), name: 'Leader' });
const log = (await copse.join(invitation)).log('led');
const lead = await log.lead(() => TAKES_ALL);
const say = (): void => console.log(JSON.stringify({ device: copse.device, status: lead.status.get() }));
lead.status.subscribe(say);
say();
for await (const line of createInterface({ input: process.stdin })) await lead.handOver(deviceId(line));
