import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rightsWords, rolesWithin, roleWord } from './rights.ts';

test('[A9] only roles within the own rights are offered for an invitation', () => {
  assert.deepEqual(
    rolesWithin(31).map(({ name }) => name),
    ['reader', 'writer', 'host'],
  );
  assert.deepEqual(
    rolesWithin(1 | 8).map(({ name }) => name),
    ['reader'],
  );
  assert.deepEqual(rolesWithin(0), []);
});

test('[U5] what an invitation gives is said in words', () => {
  assert.equal(rightsWords(1), 'read');
  assert.equal(rightsWords(3), 'read and write');
  assert.equal(rightsWords(31), 'read, write, invite others and manage the site');
  assert.equal(rightsWords(0), 'look around');
  assert.deepEqual([1, 3, 11, 31].map(roleWord), ['Reader', 'Writer', 'Host', 'Admin']);
});
