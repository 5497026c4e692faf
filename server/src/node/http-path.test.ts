import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { pathOf } from './http-path.ts';

test('[F7] the path of an address is the one that a whole parser finds', () => {
  for (const rest of [
    '',
    '/',
    '/v1/stream/a-b_c/1',
    '/v1/stream/a?offset=-1&live=sse',
    '/v1/../pages',
    '/v1/stream/.index',
    '/v1/%2e%2e/x',
    '/a\\b',
    '//x/y',
    '/ü?x#y',
    '/a#b?c',
  ]) {
    const url = `http://127.0.0.1:7070${rest}`;
    equal(pathOf(url), new URL(url).pathname, rest);
  }
});
