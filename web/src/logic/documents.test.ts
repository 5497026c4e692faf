import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  conversationsOf,
  documentOf,
  documentsOf,
  logOfDocument,
  roomOf,
  titleTrouble,
} from './documents.ts';
import { hashOf, routeOf } from './route.ts';

test('[U36] a site lists documents beside conversations, each with a room of its own', () => {
  const logs = ['chat', 'documents/Plan', 'plans/notes', 'documents/', logOfDocument('Größe & Form')];
  assert.deepEqual(conversationsOf(logs), ['chat', 'plans/notes', 'documents/']);
  assert.deepEqual(documentsOf(logs), ['Plan', 'Größe & Form']);
  assert.equal(documentOf('documents/Plan'), 'Plan');
  for (const log of logs) {
    const route = roomOf('a1', log);
    assert.equal(route.room, documentOf(log) === null ? 'log' : 'document');
    assert.deepEqual(routeOf(hashOf(route)), route);
  }
});

test('[U36] a title that is taken or would be a folder is told', () => {
  assert.equal(titleTrouble('Plan', ['Notes']), undefined);
  assert.match(titleTrouble('Plan', ['Plan']) ?? '', /already/u);
  assert.match(titleTrouble('a/b', []) ?? '', /slash/u);
});
