import assert from 'node:assert/strict';
import { test } from 'node:test';
import { userId } from 'copse/internal/base/ids.ts';
import {
  candidatesFor,
  everyone,
  mentionedIn,
  mentionSpots,
  typedMention,
  withMention,
  type Named,
} from './mentions.ts';

const named = (pair: string, name: string): Named => ({ user: userId(pair.repeat(8)), name });
const ada = named('01', 'Ada Okafor');
const ben = named('02', 'Ben Lindqvist');
const tomas = named('03', 'Tomás Vega');
const tom = named('04', 'Tom');
const members = [ada, ben, tomas, tom];
const none = new Map<string, never>();

test('[I1] a mention is typed behind an @ that begins a word', () => {
  assert.deepEqual(typedMention('hello @to', 9), { from: 6, query: 'to' });
  assert.deepEqual(typedMention('@', 1), { from: 0, query: '' });
  assert.deepEqual(typedMention('(@Ben Lin', 9), { from: 1, query: 'Ben Lin' });
  for (const text of ['a@b', 'no', '@ x', '@a\nb', '@a  b'])
    assert.equal(typedMention(text, text.length), null);
});

test('[I1] members are found by any part of their names, without accents, and not oneself', () => {
  const names = (query: string) => candidatesFor(query, members, ada.user).map(({ name }) => name);
  assert.deepEqual(names('to'), ['Tomás Vega', 'Tom']);
  assert.deepEqual(names('tomas v'), ['Tomás Vega']);
  assert.deepEqual(names('vega'), ['Tomás Vega']);
  assert.deepEqual(names(''), ['Ben Lindqvist', 'Tomás Vega', 'Tom', 'everyone']);
  assert.deepEqual(names('every'), ['everyone']);
  assert.deepEqual(names('ada'), []);
  assert.deepEqual(names('Ben Lindqvist'), [], 'what stands there already needs no choice');
  assert.deepEqual(candidatesFor('', [ada, ben], ada.user), [ben], 'of two nobody else is everyone');
});

test('[I1] what is chosen takes the place of what was typed', () => {
  const typed = { from: 3, query: 'to' };
  assert.deepEqual(withMention('hi @to', typed, tomas), { text: 'hi @Tomás Vega ', caret: 15 });
  assert.deepEqual(withMention('hi @to, come', typed, tom), { text: 'hi @Tom, come', caret: 8 });
});

test('[I1] a message mentions whom it names: the longest name that fits, the one that was picked, or everyone', () => {
  assert.deepEqual(mentionedIn('@Tom and @Ben Lindqvist.', members, none), [tom.user, ben.user]);
  assert.deepEqual(mentionedIn('@Tomás Vega', members, none), [tomas.user]);
  assert.deepEqual(mentionedIn('@Tommy, mail me@Tom', members, none), []);
  assert.equal(mentionedIn('dear @everyone', members, none), 'everyone');
  const other = named('05', 'Tom');
  const both = [...members, other];
  assert.deepEqual(mentionedIn('@Tom', both, none), [tom.user, other.user]);
  assert.deepEqual(mentionedIn('@Tom', both, new Map([['Tom', other.user]])), [other.user]);
  const many = Array.from({ length: 17 }, (_, at) => named(String(10 + at), `P${at}`));
  assert.equal(mentionedIn(many.map(({ name }) => `@${name}`).join(' '), many, none), 'everyone');
  assert.equal(everyone.name, 'everyone');
});

test('[I1] every spot is found', () => {
  assert.deepEqual(mentionSpots('@Tom @Tom', ['Tom']), [
    { at: 0, name: 'Tom' },
    { at: 5, name: 'Tom' },
  ]);
});
