/** Decoders of everything that contracts declare, and of the frames and links that carry it. */

import { authApi, authInternal } from 'copse/internal/api/auth.ts';
import { notifyInternal } from 'copse/internal/api/notify.ts';
import { tailApi } from 'copse/internal/api/tail.ts';
import { homeApi } from 'copse/internal/client/home-api.ts';
import { compare, concat } from 'copse/internal/base/bytes.ts';
import { realEnv } from 'copse/internal/base/env.ts';
import { FAULTS, type FaultCode, type Fault } from 'copse/internal/base/fault.ts';
import type { Link, LinkEvents } from 'copse/internal/link/link.ts';
import { Outbox, WriterPool } from 'copse/internal/link/outbox.ts';
import { dial } from 'copse/internal/link/remote.ts';
import { Host, service } from 'copse/internal/link/serve.ts';
import { Reader, Writer } from 'copse/internal/wire/buffer.ts';
import type { Contract } from 'copse/internal/wire/contract.ts';
import { eachFrame, frameKind, putCall, putNote, readFault } from 'copse/internal/wire/frame.ts';
import { decode, encode, type Shape } from 'copse/internal/wire/shape.ts';
import type { Chance } from '../sim/chance.ts';
import type { Decoder } from './fuzz.ts';
import { bytesOf, valueOf } from './values.ts';

const CONTRACTS: readonly Contract[] = [tailApi, authApi, authInternal, notifyInternal, homeApi];

/** What a shape accepts, it writes back to the same bytes (SPEC W1). */
export function shapeDecoder(name: string, shape: Shape<unknown>): Decoder {
  return {
    name,
    sample: (chance) => bytesOf(shape, chance),
    decode(bytes) {
      const again = encode(shape, decode(shape, bytes));
      if (compare(again, bytes) !== 0) throw new Error('it is written back to other bytes');
    },
  };
}

function shapesOf(contract: Contract): readonly Decoder[] {
  const { name } = contract;
  const calls = Object.entries(contract.calls).flatMap(([call, { request, answer }]) => [
    shapeDecoder(`${name}.${call} request`, request),
    shapeDecoder(`${name}.${call} answer`, answer),
  ]);
  const notes = [...Object.entries(contract.casts), ...Object.entries(contract.pushes)];
  return [...calls, ...notes.map(([note, { message }]) => shapeDecoder(`${name}.${note}`, message))];
}

const FAULT_CODES_ALL = Object.keys(FAULTS).filter((code): code is FaultCode => code in FAULTS);

/** A message of a few frames, as a caller sends it. */
function callerMessage(contract: Contract, chance: Chance): Uint8Array {
  const writer = new Writer();
  const count = chance.between(1, 3);
  for (let i = 0; i < count; i++) {
    const calls = Object.values(contract.calls);
    const casts = Object.values(contract.casts);
    if (casts.length > 0 && chance.often(0.5)) {
      const cast = chance.pick(casts);
      putNote(writer, frameKind.cast, cast, valueOf(cast.message, chance));
    } else {
      const call = chance.pick(calls);
      putCall(writer, chance.between(0, 300), call.number, call.request, valueOf(call.request, chance));
    }
  }
  return writer.take();
}

/** A message of a few pushes, as a service sends it. */
function serviceMessage(contract: Contract, chance: Chance): Uint8Array {
  const writer = new Writer();
  const count = chance.between(1, 3);
  for (let i = 0; i < count; i++) {
    const push = chance.pick(Object.values(contract.pushes));
    putNote(writer, frameKind.push, push, valueOf(push.message, chance));
  }
  return writer.take();
}

const frames: Decoder = {
  name: 'frames',
  sample: (chance) => concat(callerMessage(tailApi, chance), serviceMessage(tailApi, chance)),
  decode: (bytes) =>
    eachFrame(bytes, (kind, body) => {
      if (kind === frameKind.fault) {
        body.uint();
        readFault(body);
      } else body.uint();
    }),
};

/** The service's end: whatever arrives, its session is called with values or its link is closed. */
function hostDecoder(contract: Contract): Decoder {
  const prepared = service(contract);
  const names = [...Object.keys(contract.calls), ...Object.keys(contract.casts)];
  const session = Object.fromEntries(
    names.map((name) => [name, () => Promise.reject(new Error('no answer'))]),
  );
  return {
    name: `${contract.name} host`,
    sample: (chance) => callerMessage(contract, chance),
    decode(bytes) {
      const faults: Fault[] = [];
      const outbox = new Outbox({ send: () => {}, schedule: () => {} }, new WriterPool());
      const casts = Object.fromEntries(Object.keys(contract.casts).map((name) => [name, () => {}]));
      const host = new Host(
        { ...session, ...casts },
        { service: prepared, outbox, onFault: (fault) => faults.push(fault), onMistake: () => {} },
      );
      host.receive(bytes);
      const [fault] = faults;
      if (fault !== undefined) throw fault.code === 'internal' ? fault.cause : fault;
    },
  };
}

/** A link that gives what it is told to, once. */
class OneMessage implements Link {
  readonly #message: Uint8Array;
  fault: Fault | null = null;

  constructor(message: Uint8Array) {
    this.#message = message;
  }

  send(): void {}

  listen(events: LinkEvents): void {
    events.onMessage(this.#message);
  }

  buffered(): number {
    return 0;
  }

  close(fault?: Fault): void {
    this.fault = fault ?? null;
  }
}

/** The caller's end: whatever arrives, its events get values or the link is closed. */
function callerDecoder(contract: Contract): Decoder {
  const events = Object.fromEntries(Object.keys(contract.pushes).map((name) => [name, () => {}]));
  return {
    name: `${contract.name} caller`,
    sample: (chance) => serviceMessage(contract, chance),
    decode(bytes) {
      const link = new OneMessage(bytes);
      dial(contract, link, events, realEnv());
      const { fault } = link;
      if (fault !== null) throw fault.code === 'internal' ? fault.cause : fault;
    },
  };
}

const withPushes = CONTRACTS.filter(({ pushes }) => Object.keys(pushes).length > 0);

export const MESSAGE_DECODERS: readonly Decoder[] = [
  ...CONTRACTS.flatMap(shapesOf),
  frames,
  ...CONTRACTS.map(hostDecoder),
  ...withPushes.map(callerDecoder),
  {
    name: 'fault',
    sample: (chance) => Uint8Array.of(FAULTS[chance.pick(FAULT_CODES_ALL)].number, 2, 111, 107),
    decode: (bytes) => readFault(new Reader(bytes)),
  },
];
