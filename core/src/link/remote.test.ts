import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Env, Timer } from '../base/env.ts';
import { Fault, FAULT_CODES, FAULTS } from '../base/fault.ts';
import { callsInFlightMax, messageBytesMax } from '../base/limits.ts';
import { Reader, Writer } from '../wire/buffer.ts';
import { nothing, struct } from '../wire/compound.ts';
import { call, cast, contract, push } from '../wire/contract.ts';
import { eachFrame, frameKind, putBeat, putFrame, putNote, readFault } from '../wire/frame.ts';
import { putAnswer, putFault } from '../wire/frame-answer.ts';
import { bytes, text, uint } from '../wire/shape.ts';
import { linkPair, type Link } from './link.ts';
import { Outbox, WriterPool } from './outbox.ts';
import { dial, type Dialed } from './remote.ts';
import { Host, service } from './serve.ts';

const echo = contract({
  name: 'echo',
  doc: 'For tests.',
  calls: {
    say: call(1, 'Answers the same.', struct({ n: uint(9) }), struct({ n: uint(9) }), 1000),
    big: call(2, 'Answers bytes.', struct({ size: uint() }), struct({ data: bytes(900_000) })),
  },
  casts: { drop: cast(16, 'Nothing.', nothing) },
  pushes: { told: push(1, 'A word.', struct({ word: text(10) })) },
});

/** A clock that stands still until the test moves it. */
class Clock implements Env {
  #nowMs = 0;
  readonly #timers = new Set<{ readonly atMs: number; readonly task: () => void }>();
  wallMs(): number {
    return 0;
  }
  nowMs(): number {
    return this.#nowMs;
  }
  after(delayMs: number, task: () => void): Timer {
    const timer = { atMs: this.#nowMs + delayMs, task };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }
  random(size: number): Uint8Array {
    return new Uint8Array(size);
  }
  chance(): number {
    return 0.5;
  }
  log(): void {}
  get timerCount(): number {
    return this.#timers.size;
  }
  advance(byMs: number): void {
    this.#nowMs += byMs;
    for (const timer of this.#timers) {
      if (timer.atMs > this.#nowMs) continue;
      this.#timers.delete(timer);
      timer.task();
    }
  }
}

interface Scene {
  readonly clock: Clock;
  readonly dialed: Dialed<typeof echo>;
  readonly told: string[];
  /** The other end, by hand. */
  readonly far: Link;
  readonly received: Uint8Array[];
  send(put: (writer: Writer) => void): void;
  settle(): Promise<void>;
  fault: Fault | null | undefined;
}

function scene(): Scene {
  const clock = new Clock();
  const [near, far] = linkPair();
  const told: string[] = [];
  const received: Uint8Array[] = [];
  far.listen({ onMessage: (message) => void received.push(message), onClose: () => {} });
  const dialed = dial(echo, near, { told: ({ word }) => void told.push(word) }, clock);
  const it: Scene = {
    clock,
    dialed,
    told,
    far,
    received,
    send: (put) => {
      const writer = new Writer();
      put(writer);
      far.send(writer.view());
    },
    settle: () => new Promise((resolve) => void setImmediate(resolve)),
    fault: undefined,
  };
  void dialed.ended.then((fault) => (it.fault = fault));
  return it;
}

const withCode = (code: string) => ({ name: 'Fault', code });

test('[W11] an answer that cannot be read ends the link, and its call is settled with it', async () => {
  const it = scene();
  const first = it.dialed.remote.say({ n: 1 });
  const second = it.dialed.remote.say({ n: 2 });
  await it.settle();
  it.send((writer) =>
    putFrame(writer, frameKind.answer, (body) => {
      body.uint(1);
      body.uint(200);
    }),
  );
  await assert.rejects(first, withCode('malformed'));
  await assert.rejects(second, withCode('malformed'));
  await it.settle();
  assert.equal(it.fault?.code, 'malformed');
  assert.equal(it.clock.timerCount, 0);
});

test('[W11] an answer with bytes after its end is none', async () => {
  const it = scene();
  const answer = it.dialed.remote.say({ n: 1 });
  await it.settle();
  it.send((writer) =>
    putFrame(writer, frameKind.answer, (body) => {
      body.uint(1);
      body.uint(1);
      body.uint(1);
    }),
  );
  await assert.rejects(answer, withCode('malformed'));
});

test('[W11] a call is settled once; answers to unknown calls are ignored', async () => {
  const it = scene();
  const answer = it.dialed.remote.say({ n: 1 });
  await it.settle();
  for (const n of [5, 6]) it.send((writer) => putAnswer(writer, 1, echo.calls.say.answer, { n }));
  it.send((writer) => putFault(writer, 1, new Fault('taken')));
  it.send((writer) => putAnswer(writer, 77, echo.calls.say.answer, { n: 3 }));
  it.send((writer) => putFault(writer, 78, new Fault('taken')));
  it.send((writer) => putBeat(writer, frameKind.pong, 79));
  assert.deepEqual(await answer, { n: 5 });
  await it.settle();
  assert.equal(it.fault, undefined);
});

test('[W11] a call ends at its deadline, and its late answer is ignored', async () => {
  const it = scene();
  const answer = it.dialed.remote.say({ n: 1 });
  await it.settle();
  it.clock.advance(999);
  it.clock.advance(1);
  await assert.rejects(answer, withCode('deadline'));
  it.send((writer) => putAnswer(writer, 1, echo.calls.say.answer, { n: 5 }));
  await it.settle();
  assert.equal(it.fault, undefined);
});

test('[W11] a link that ends settles every call, and later ones at once', async () => {
  const it = scene();
  const answers = [it.dialed.remote.say({ n: 1 }), it.dialed.ping(100)];
  await it.settle();
  it.far.close(new Fault('draining'));
  for (const answer of answers) await assert.rejects(answer, withCode('draining'));
  await assert.rejects(it.dialed.remote.say({ n: 1 }), withCode('closed'));
  it.dialed.remote.drop({});
  assert.equal(it.clock.timerCount, 0);
  assert.equal((await it.dialed.ended)?.code, 'draining');
});

test('[W11] a request that its shape refuses is refused here and leaves nothing behind', async () => {
  const it = scene();
  await assert.rejects(it.dialed.remote.say({ n: 10 }), withCode('tooLarge'));
  assert.equal(it.clock.timerCount, 0);
  await it.settle();
  assert.deepEqual(it.received, []);
});

test('[W11] more calls than may wait are refused', async () => {
  const it = scene();
  const answers = Array.from({ length: callsInFlightMax }, () => it.dialed.remote.say({ n: 1 }));
  await assert.rejects(it.dialed.remote.say({ n: 1 }), withCode('tooMany'));
  it.dialed.close();
  await Promise.allSettled(answers);
});

test('[W5] a message is a sequence of frames, and frames kept for extensions are skipped', async () => {
  const it = scene();
  const answer = it.dialed.remote.say({ n: 1 });
  await it.settle();
  it.send((writer) => {
    putNote(writer, frameKind.push, echo.pushes.told, { word: 'one' });
    putFrame(writer, 64, (body) => body.raw(Uint8Array.of(1, 2, 3)));
    putAnswer(writer, 1, echo.calls.say.answer, { n: 4 });
    putFrame(writer, 127, () => {});
    putFrame(writer, frameKind.push, (body) => body.uint(99));
    putNote(writer, frameKind.push, echo.pushes.told, { word: 'two' });
  });
  assert.deepEqual(await answer, { n: 4 });
  assert.deepEqual(it.told, ['one', 'two']);
});

test('[W5] a frame of another kind, or of a caller, ends the link', async () => {
  for (const kind of [0, 8, 63, 128, 255, frameKind.call, frameKind.cast]) {
    const it = scene();
    it.send((writer) => putFrame(writer, kind, (body) => body.uint(1)));
    await it.settle();
    assert.equal(it.fault?.code, 'malformed', `kind ${kind}`);
  }
});

test('[W5] a peer that pings is answered', async () => {
  const it = scene();
  it.send((writer) => putBeat(writer, frameKind.ping, 5));
  await it.settle();
  await it.settle();
  const kinds: number[] = [];
  for (const message of it.received) eachFrame(message, (kind, body) => void kinds.push(kind, body.uint()));
  assert.deepEqual(kinds, [frameKind.pong, 5]);
});

test('[W8] a fault of a number that is not known here has a retry class all the same', () => {
  const writer = new Writer();
  putFrame(writer, frameKind.fault, (body) => {
    body.uint(1);
    body.uint(250);
    text(512).write(body, 'from a later version');
  });
  eachFrame(writer.view(), (_kind, body) => {
    body.uint();
    const fault = readFault(body);
    assert.deepEqual([fault.code, fault.retry], ['internal', 'later']);
  });
});

test('[W8] every fault crosses the wire with its code, and so with its retry class', () => {
  const classes = new Set(['never', 'later', 'refresh', 'elsewhere']);
  for (const [number, code] of FAULT_CODES) {
    assert.equal(FAULTS[code].number, number);
    assert.ok(classes.has(FAULTS[code].retry));
    const writer = new Writer();
    // A detail that ends in half a character after its cut is still a text.
    putFault(writer, 3, new Fault(code, `${'x'.repeat(119)}😀`));
    const [, ...read] = faultIn(writer.view());
    assert.deepEqual(read, [code, FAULTS[code].retry]);
  }
});

function faultIn(message: Uint8Array): readonly unknown[] {
  let out: readonly unknown[] = [];
  eachFrame(message, (_kind, body) => {
    const id = body.uint();
    const fault = readFault(body);
    out = [id, fault.code, fault.retry];
  });
  return out;
}

// The service's end

class Echo {
  say({ n }: { readonly n: number }): unknown {
    return n === 9 ? { n: 10 } : { n };
  }
  async big({ size }: { readonly size: number }): Promise<unknown> {
    return { data: new Uint8Array(size) };
  }
  drop(): void {
    throw new TypeError('a mistake');
  }
}

interface Far {
  readonly messages: Uint8Array[];
  readonly mistakes: string[];
  readonly faults: Fault[];
  receive(put: (writer: Writer) => void): void;
  flush(): void;
  /** Kind and id of every frame that was sent. */
  frames(): readonly (readonly [number, number])[];
}

function host(): Far {
  const messages: Uint8Array[] = [];
  const mistakes: string[] = [];
  const faults: Fault[] = [];
  const outbox = new Outbox(
    { send: (message) => void messages.push(message.slice()), schedule: () => {} },
    new WriterPool(),
  );
  const end = new Host(new Echo(), {
    service: service(echo),
    outbox,
    onFault: (fault) => void faults.push(fault),
    onMistake: (fault, method) => void mistakes.push(`${method} ${fault.code}`),
  });
  return {
    messages,
    mistakes,
    faults,
    receive: (put) => {
      const writer = new Writer();
      put(writer);
      end.receive(writer.view());
    },
    flush: () => outbox.flush(),
    frames: () => {
      const out: (readonly [number, number])[] = [];
      for (const message of messages) eachFrame(message, (kind, body) => void out.push([kind, body.uint()]));
      return out;
    },
  };
}

const putSay = (writer: Writer, id: number, n: number): void =>
  putFrame(writer, frameKind.call, (body) => {
    body.uint(id);
    body.uint(1);
    body.uint(n);
  });

test('[W9] an answer that its own shape refuses is our mistake: internal, and the link stays', () => {
  const far = host();
  far.receive((writer) => putSay(writer, 1, 9));
  far.receive((writer) => putSay(writer, 2, 3));
  far.flush();
  assert.deepEqual(far.frames(), [
    [frameKind.fault, 1],
    [frameKind.answer, 2],
  ]);
  assert.deepEqual(far.mistakes, ['say internal']);
  assert.deepEqual(far.faults, []);
});

test('[W9] a mistake in a cast is told to its owner and ends the link as internal', () => {
  const far = host();
  far.receive((writer) => putNote(writer, frameKind.cast, echo.casts.drop, {}));
  assert.deepEqual(far.mistakes, ['drop internal']);
  assert.deepEqual(
    far.faults.map(({ code }) => code),
    ['internal'],
  );
});

test('[W11] an unknown call is answered, an unknown cast and an ill-formed request end the link', () => {
  const far = host();
  far.receive((writer) =>
    putFrame(writer, frameKind.call, (body) => {
      body.uint(8);
      body.uint(50);
    }),
  );
  far.flush();
  assert.deepEqual(far.frames(), [[frameKind.fault, 8]]);
  far.receive((writer) => putFrame(writer, frameKind.cast, (body) => body.uint(50)));
  far.receive((writer) => putSay(writer, 9, 200));
  assert.deepEqual(
    far.faults.map(({ code }) => code),
    ['malformed', 'malformed'],
  );
});

test('[W5] frames of a turn share a message, and a large one that does not fit behind them gets its own', async () => {
  const far = host();
  const putBig =
    (size: number) =>
    (writer: Writer): void =>
      putFrame(writer, frameKind.call, (body) => {
        body.uint(size);
        body.uint(2);
        body.uint(size);
      });
  for (let n = 0; n < 5; n++) far.receive((writer) => putSay(writer, n + 1, 1));
  far.receive(putBig(500_000));
  far.receive(putBig(880_000));
  await new Promise((resolve) => void setImmediate(resolve));
  far.flush();
  assert.equal(far.frames().length, 7);
  assert.equal(far.messages.length, 2);
  assert.ok(far.messages.every((message) => message.length <= messageBytesMax));
  assert.equal(new Reader(far.messages[0]!).left < 600_000, true);
});
