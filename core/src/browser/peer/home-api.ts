/**
 * What a tab asks of the worker with the messages besides what every peer answers (SPEC Z55 to Z57): how the node
 * stands, and what waits to be brought there. Spoken within one browser by one version of the program.
 */

import { peerApi } from '../../api/peer.ts';
import { homeOutgoingMax, peerPageRowsMax } from '../../base/limits-peer.ts';
import { list, maybe, nothing, struct } from '../../wire/compound.ts';
import { call, contract, push, type Api, type Events, type Remote } from '../../wire/contract.ts';
import { bool, choice, fixed, text, uint, type Of } from '../../wire/shape.ts';

const idShape = fixed(32);

const outgoingShape = struct({
  id: idShape,
  timeMs: uint(),
  state: choice('waiting', 'refused'),
  fault: uint(255).about('Number of the fault, when it was refused.'),
  why: text(200),
});
export type OutgoingWord = Of<typeof outgoingShape>;

const stateShape = struct({
  isUp: bool.about('Whether the node answers.'),
  outgoing: list(outgoingShape, homeOutgoingMax),
});
export type HomeState = Of<typeof stateShape>;

export const homeApi = contract({
  name: 'messages of a browser',
  doc: 'The messages of a browser, as its tabs ask for them.',
  calls: {
    standing: call(
      96,
      'What the node has said of itself and of the user: now, or when it last answered.',
      nothing,
      struct({ hello: maybe(peerApi.calls.hello.answer) }),
    ),
    state: call(97, 'What is told when it changes.', nothing, stateShape),
    again: call(98, 'Brings what was refused to the node once more.', struct({ id: idShape }), nothing),
    drop: call(
      99,
      'Forgets a message that the node has not taken, here too.',
      struct({ id: idShape }),
      nothing,
    ),
    arrived: call(
      100,
      'Where messages stand in what has arrived at the node; 0: it is not known.',
      struct({ ids: list(idShape, peerPageRowsMax) }),
      struct({ at: list(uint(), peerPageRowsMax) }),
    ),
  },
  casts: {},
  pushes: { changed: push(96, 'Something waits that did not, or no longer, or the node.', stateShape) },
});

export type HomeApi = Api<typeof homeApi>;
export type HomeRemote = Remote<typeof homeApi>;
export type HomeEvents = Events<typeof homeApi>;
