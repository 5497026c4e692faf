import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { Fault } from 'copse/internal/base/fault.ts';
import { fileBytesMax, fileNameBytesMax } from 'copse/internal/base/limits-files.ts';
import { altTextBytesMax, peerAttachmentsMax } from 'copse/internal/base/limits-peer.ts';
import {
  altOf,
  areSameFiles,
  choiceOf,
  fileWords,
  nameOf,
  originsOf,
  saveName,
  shownAs,
  shownFile,
  summaryOf,
  uploadWords,
} from './attachments.ts';

test('[U51] what a node gives out to be shown is shown, and everything else is saved', () => {
  const shown = ['image/png', 'image/svg+xml', 'video/webm', 'video/x-msvideo', 'audio/ogg', 'text/html', ''];
  assert.deepEqual(shown.map(shownAs), ['picture', 'file', 'film', 'file', 'sound', 'file', 'file']);
  assert.equal(shownAs('text/plain'), 'file');
});

test('[U51] an attachment is read with its thumbnail, or without one', () => {
  const address = new Uint8Array(32).fill(1);
  const plain = { address, size: 9, type: 'image/png', alt: ' A tree ' };
  assert.equal(shownFile(plain).thumbnail, null);
  assert.equal(shownFile(plain).words, 'A tree');
  const thumbnail = new Uint8Array(32).fill(2);
  assert.equal(shownFile({ ...plain, thumbnail }).thumbnail, '02'.repeat(32));
});

test('[U51] files of a post that was read anew are the same; other words or another file are not', () => {
  const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const shown = (address: Uint8Array, alt: string) => [
    shownFile({ address: address.slice(), size: 9, type: 'video/webm', alt, thumbnail: one.slice() }),
  ];
  assert.equal(areSameFiles(shown(one, 'A film'), shown(one, 'A film')), true);
  assert.equal(areSameFiles(shown(one, 'A film'), shown(one, 'The film')), false);
  assert.equal(areSameFiles(shown(one, 'A film'), shown(other, 'A film')), false);
  assert.equal(areSameFiles(shown(one, 'A film'), []), false);
});

test('[U51] a post of files alone is told by what they are', () => {
  const file = { address: new Uint8Array(32), size: 9, type: 'image/png', alt: 'A tree' };
  assert.equal(summaryOf({ text: ' Look \n here', attachments: [file] }), 'Look here');
  assert.equal(summaryOf({ text: '', attachments: [file] }), 'A tree');
  assert.equal(
    summaryOf({ text: '', attachments: [{ ...file, alt: '' }, file, file] }),
    'Picture and 2 other files',
  );
  assert.equal(summaryOf({ text: '', attachments: [] }), '');
});

test('[U51] a file is called and saved by a name that says what it is', () => {
  assert.equal(fileWords({ type: 'application/pdf', size: 1_200_000 }), 'PDF document, 1.2 MB');
  const file = { address: 'ab'.repeat(32), type: 'application/pdf' };
  assert.equal(saveName({ ...file, words: 'plan.pdf' }), 'plan.pdf');
  assert.equal(saveName({ ...file, words: '../../etc/plan.pdf' }), '.. .. etc plan.pdf');
  assert.equal(saveName({ ...file, words: 'The plan of the bench' }), 'pdf-document-abababab.pdf');
  assert.equal(saveName({ ...file, words: '', type: 'x/y' }), 'file-abababab');
});

test('[U51] words and names are cut to what a node takes, without cutting a character', () => {
  const long = altOf('🌳'.repeat(2_000));
  assert.equal(utf8(long).length, altTextBytesMax);
  assert.ok(long.isWellFormed());
  const name = nameOf(`${'ü'.repeat(300)}.webm`);
  assert.ok(utf8(name).length <= fileNameBytesMax && name.endsWith('ü.webm'));
  assert.equal(nameOf('short.webm'), 'short.webm');
});

test('[U51] of a choice is taken what a post and a node can hold, and the rest is said', () => {
  const file = (name: string, size: number) => ({ name, size });
  const { taken, refused } = choiceOf(
    [file('empty', 0), file('huge', fileBytesMax + 1), file('a', 1), file('b', 1)],
    peerAttachmentsMax - 1,
  );
  assert.deepEqual(taken, [file('a', 1)]);
  assert.equal(refused.length, 3);
  assert.match(refused[0] ?? '', /empty/u);
  assert.match(refused[1] ?? '', /larger than any node takes/u);
  assert.match(refused[2] ?? '', /at most 16 files/u);
});

test('[U51] why an upload failed is said with what to do', () => {
  assert.match(uploadWords(new Fault('full')).hint, /Storage/u);
  assert.match(uploadWords(new Fault('closed')).hint, /goes on where it was/u);
  assert.equal(uploadWords(new Error('odd')).code, 'internal');
  assert.match(uploadWords(new Error('odd')).title, /not uploaded/u);
});

test('[U51] where an author publishes, her files are asked for', () => {
  const addresses = ['wss://a.example#KEY', 'ws://b.example:7070/x#KEY', '/dns/c/tcp/1/wss/p2p/K', 'nothing'];
  assert.deepEqual(originsOf(addresses), ['https://a.example', 'http://b.example:7070']);
});
