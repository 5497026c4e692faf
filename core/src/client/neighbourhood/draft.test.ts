import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asFault, Fault } from '../../base/fault.ts';
import { peerAttachmentsMax } from '../../base/limits-peer.ts';
import { nativePrimitives } from '../../native/primitives.ts';
import { KIND } from '../../social/message/kinds.ts';
import { signDraft } from './draft.ts';

const primitives = nativePrimitives();
const seed = new Uint8Array(32).fill(7);
const address = new Uint8Array(32).fill(1);
const well = { address, size: 3, type: 'image/png', alt: 'A pear' };

/** As a program without types gives it. */
async function refusal(draft: object): Promise<string> {
  try {
    await signDraft(primitives, seed, { kind: KIND.post, timeMs: 1, text: 'words', ...draft });
    return 'signed';
  } catch (thrown) {
    assert.ok(thrown instanceof Fault, String(thrown));
    return `${asFault(thrown).code}: ${thrown.message}`;
  }
}

test('[Z2] a draft that is none is refused before it is signed, with which part and what belongs there', async () => {
  const attached = (part: object): object => ({ attachments: [well, { ...well, ...part }] });
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ attachments: well }, /`attachments` of a draft is an array/u],
    [{ attachments: [null] }, /attachment 1 .* an object/u],
    [attached({ address: '01'.repeat(32) }), /`address` of attachment 2 .* answers in hex/u],
    [attached({ address: new Uint8Array(31) }), /`address` of attachment 2/u],
    [attached({ size: '3' }), /`size` of attachment 2/u],
    [attached({ size: -1 }), /`size` of attachment 2/u],
    [attached({ type: undefined }), /`type` of attachment 2 .* image\/png/u],
    [attached({ alt: undefined }), /`alt` of attachment 2/u],
    [attached({ alt: 'x'.repeat(2_000) }), /`alt` of attachment 2/u],
    [attached({ thumbnail: null }), /`thumbnail` of attachment 2 .* or absent/u],
    [{ text: 5 }, /text/u],
    [{ tags: [5] }, /a tag/u],
    [{ tags: 'pears' }, /`tags` of a draft is an array/u],
    [{ mentions: ['01'.repeat(32)] }, /a mention .* the key of a user/u],
  ];
  for (const [draft, words] of wrong) {
    const why = await refusal(draft);
    assert.match(why, /^malformed: /u);
    assert.match(why, words);
  }
  const many = { attachments: Array.from({ length: peerAttachmentsMax + 1 }, () => well) };
  assert.match(await refusal(many), /^tooLarge: .*17/u);
});

test('[Z2] what belongs in a draft is signed, with or without what may be absent', async () => {
  assert.equal(await refusal({}), 'signed');
  assert.equal(await refusal({ attachments: [], tags: [], mentions: [] }), 'signed');
  const small = { ...well, alt: '', thumbnail: address };
  assert.equal(await refusal({ attachments: [well, small], tags: ['pears'], mentions: [address] }), 'signed');
});
