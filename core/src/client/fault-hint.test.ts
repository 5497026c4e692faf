import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FAULT_HELP } from '../base/fault-help.ts';
import { Fault, FAULT_CODES } from '../base/fault.ts';
import { hintOf } from './fault-hint.ts';

test('[W8] an application is told what to do about every fault', async () => {
  for (const code of FAULT_CODES.values()) {
    assert.equal(await hintOf(new Fault(code)), FAULT_HELP[code].hint);
  }
});
