import assert from 'node:assert/strict';
import { test } from 'node:test';
import { homeApi } from './home-api.ts';
import { homeCalls } from './home-calls.ts';

test('[W10] a home in the same program has the calls and deadlines of its contract', () => {
  const deadlines = (calls: Readonly<Record<string, { readonly deadlineMs: number }>>): unknown =>
    Object.fromEntries(Object.entries(calls).map(([name, { deadlineMs }]) => [name, deadlineMs]));
  assert.deepEqual(deadlines(homeCalls.calls), deadlines(homeApi.calls));
  assert.deepEqual(Object.keys(homeCalls.casts).toSorted(), Object.keys(homeApi.casts).toSorted());
});
