/** The sender over real sockets, to a push service that does all that push services do. The clock runs fast. */

import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';

import { Fault } from 'copse/internal/base/fault.ts';
import { must } from 'copse/internal/base/assert.ts';
import { utf8 } from 'copse/internal/base/bytes.ts';
import { PushService } from './push-service.ts';
import { PushStage } from './push-stage.ts';
import { PUSH_CERTIFICATE, PUSH_CERTIFICATE_KEY, PUSH_HOST } from './push-tls.ts';

const TLS = { cert: PUSH_CERTIFICATE, key: PUSH_CERTIFICATE_KEY };

/** A server that says the same bytes to everybody, or hangs up on everybody. */
async function rude(
  words: string | null,
): Promise<AsyncDisposable & { origin: string; calls: () => number }> {
  let count = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    count++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', () => (words === null ? socket.destroy() : socket.end(words)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? must(address, 'it listens').port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    calls: () => count,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('[I14, I15] a message arrives as it was meant, encrypted, signed, with its headers', async () => {
  await using service = new PushService();
  await using stage = new PushStage({ trusted: [service.origin] });
  const device = service.subscribe();
  const id = stage.offer(device, 'hello', { topic: 'a'.repeat(32), urgency: 'high', ttlMs: 90_000 });
  assert.equal(await stage.endOf(id), 'delivered');
  assert.deepEqual(service.textsOf(device), ['hello']);
  assert.deepEqual(service.complaints, []);
  const [{ headers, bodyBytes }] = [must(service.arrivals[0], 'one arrived')];
  assert.equal(bodyBytes, 256 + 103);
  assert.equal(headers.get('Topic'), 'a'.repeat(32));
  assert.equal(headers.get('Urgency'), 'high');
  assert.ok(Number(headers.get('TTL')) > 80 && Number(headers.get('TTL')) <= 90);
  assert.equal(headers.get('Content-Type'), 'application/notification+json');
});

test('[I15] each answer of a push service has its end', async () => {
  await using service = new PushService();
  await using stage = new PushStage({ trusted: [service.origin] });
  const refused = { status: 403, body: `{"reason":"BadJwt","token":"${'x'.repeat(60)}"}` };
  const cases = [
    ['delivered', stage.offer(service.subscribe({ status: 200 }), 'x')],
    ['gone', stage.offer(service.subscribe({ status: 410 }), 'x')],
    ['gone', stage.offer(service.subscribe({ status: 404 }), 'x')],
    ['delivered', stage.offer(service.subscribe({ status: 500 }, { status: 502 }), 'x')],
    ['delivered', stage.offer(service.subscribe({ status: 503 }), 'x')],
    ['delivered', stage.offer(service.subscribe(refused), 'x')],
    ['dead tooLarge 413', stage.offer(service.subscribe({ status: 413 }), 'x')],
  ] as const;
  for (const [expected, id] of cases) assert.equal(await stage.endOf(id), expected);
  const device = service.subscribe({ status: 413 });
  const lean = stage.offer(device, 'with preview', { leanText: utf8('without') });
  assert.equal(await stage.endOf(lean), 'delivered');
  assert.deepEqual(service.textsOf(device), ['without']);
});

test('[I15] Retry-After is kept, in seconds and as a date', async () => {
  await using service = new PushService();
  await using stage = new PushStage({ trusted: [service.origin], times: 1 });
  const askedMs = performance.now();
  const date = new Date(Date.now() + 2000).toUTCString();
  const cases = [
    { status: 429, headers: { 'Retry-After': '1' } },
    { status: 429, headers: { 'Retry-After': date } },
  ];
  for (const one of cases) {
    const id = stage.offer(service.subscribe(one), 'x');
    assert.equal(await stage.endOf(id), 'delivered');
    assert.ok(performance.now() - askedMs >= 1000);
  }
  const away = service.subscribe({ status: 503, headers: { 'Retry-After': '1' } });
  const away1 = stage.offer(away, 'x');
  while (stage.sender.figures()[0]?.state.kind === 'flowing') await Bun.sleep(5);
  const restedMs = performance.now();
  const other = stage.offer(service.subscribe(), 'x');
  assert.equal(await stage.endOf(other), 'delivered');
  assert.ok(performance.now() - restedMs >= 900, 'the pause is one for all');
  assert.equal(await stage.endOf(away1), 'delivered');
});

test('[I15] a service that hangs, hangs up, talks nonsense or without end is tried again', async () => {
  await using service = new PushService();
  await using mute = await rude(null);
  await using nonsense = await rude('220 smtp.example ready\r\n');
  await using stage = new PushStage({ trusted: [service.origin, mute.origin, nonsense.origin], times: 100 });
  const { p256dh, auth } = service.subscribe();
  const keys = { p256dh, auth };
  const hangs = stage.offer(service.subscribe('hang'), 'x');
  const endless = stage.offer(service.subscribe('endless'), 'x');
  const muted = stage.offer({ endpoint: `${mute.origin}/push/secret`, ...keys }, 'x', { ttlMs: 60_000 });
  const spoken = stage.offer({ endpoint: `${nonsense.origin}/push/secret`, ...keys }, 'x', { ttlMs: 60_000 });
  assert.equal(await stage.endOf(hangs), 'delivered');
  assert.equal(await stage.endOf(endless), 'delivered');
  assert.match(await stage.endOf(muted), /^dead late/);
  assert.match(await stage.endOf(spoken), /^dead late/);
  assert.ok(mute.calls() > 1);
  const figures = stage.sender.figures().find(({ origin }) => origin === mute.origin);
  assert.notEqual(figures?.state.kind, 'flowing');
});

test('[I16] where an answer leads on is never asked', async () => {
  await using inside = new PushService();
  await using service = new PushService();
  for (const status of [301, 302, 303, 307, 308]) {
    await using stage = new PushStage({ trusted: [service.origin], times: 100 });
    const location = { Location: `${inside.origin}/push/metadata` };
    const device = service.subscribe(...Array.from({ length: 30 }, () => ({ status, headers: location })));
    assert.equal(await stage.endOf(stage.offer(device, 'x', { ttlMs: 5_000 })), `dead late ${status}`);
  }
  assert.equal(inside.requests, 0);
});

test('[I16] the connection goes to the address that was checked, and the certificate is that of the name', async () => {
  const origin = `https://${PUSH_HOST}`;
  await using real = new PushService({ tls: TLS });
  const asked: string[] = [];
  const resolve = async (host: string): Promise<readonly string[]> => {
    asked.push(host);
    return ['127.0.0.1'];
  };
  // Known by name, but inside: nobody connects.
  await using outside = new PushStage({
    hosts: [PUSH_HOST],
    resolve,
    authority: PUSH_CERTIFICATE,
    times: 100,
  });
  const { p256dh, auth } = real.subscribe();
  const endpoint = `${origin}/push/x`;
  const id = outside.offer({ endpoint, p256dh, auth }, 'x', { ttlMs: 60_000 });
  assert.match(await outside.endOf(id), /^dead late forbidden: .*inside/);
  assert.equal(real.requests, 0);
  assert.ok(asked.length > 1, 'the name is asked for again');
});

test('[I16] a push service of the operator is reached by its name, and by no other', async () => {
  await using service = new PushService({ tls: TLS, host: PUSH_HOST });
  const resolve = async (): Promise<readonly string[]> => ['127.0.0.1'];
  const wrong = `https://other.example:${service.port}`;
  const trusted = [service.origin, wrong];
  await using stage = new PushStage({ trusted, resolve, authority: PUSH_CERTIFICATE, times: 100 });
  const device = service.subscribe();
  assert.equal(await stage.endOf(stage.offer(device, 'over TLS')), 'delivered');
  assert.deepEqual(service.textsOf(device), ['over TLS']);
  const path = new URL(device.endpoint).pathname;
  const foreign = stage.offer({ ...device, endpoint: `${wrong}${path}` }, 'x', { ttlMs: 2_000 });
  assert.match(await stage.endOf(foreign), /^dead late ERR_TLS_CERT_ALTNAME_INVALID/);
  assert.equal(service.arrivals.length, 1);
  await using doubtful = new PushStage({ trusted, resolve, times: 100 });
  const unknown = doubtful.offer(device, 'x', { ttlMs: 2_000 });
  assert.match(await doubtful.endOf(unknown), /^dead late DEPTH_ZERO_SELF_SIGNED_CERT/);
});

test('[I14, I16] what nobody may be sent is refused before it is kept', async () => {
  await using service = new PushService();
  await using stage = new PushStage({ trusted: [service.origin] });
  const device = service.subscribe();
  const codeOf = (run: () => unknown): string => {
    try {
      run();
      return 'taken';
    } catch (thrown) {
      return thrown instanceof Fault ? thrown.code : 'mistake';
    }
  };
  assert.equal(
    codeOf(() => stage.offer({ ...device, endpoint: 'https://10.0.0.1/x' }, 'x')),
    'forbidden',
  );
  assert.equal(
    codeOf(() => stage.offer({ ...device, endpoint: 'nothing' }, 'x')),
    'malformed',
  );
  assert.equal(
    codeOf(() => stage.offer({ ...device, auth: new Uint8Array(15) }, 'x')),
    'malformed',
  );
  assert.equal(
    codeOf(() => stage.offer({ ...device, p256dh: new Uint8Array(65) }, 'x')),
    'malformed',
  );
  assert.equal(
    codeOf(() => stage.offer(device, 'x'.repeat(3994))),
    'tooLarge',
  );
  assert.equal(
    codeOf(() => stage.offer(device, 'x', { topic: 'a'.repeat(33) })),
    'malformed',
  );
  assert.equal(
    codeOf(() => stage.offer(device, 'x', { topic: 'a\r\nb' })),
    'malformed',
  );
  assert.equal(
    codeOf(() => stage.offer(device, 'x', { ttlMs: 0 })),
    'malformed',
  );
  assert.deepEqual(stage.sender.figures(), []);
});

test('[I15] a burst goes over few connections, and nothing of it says a secret to the log', async () => {
  await using service = new PushService();
  await using stage = new PushStage({ trusted: [service.origin], times: 100 });
  const devices = Array.from({ length: 300 }, (_, i) =>
    service.subscribe(
      ...(i < 10 || i % 3 === 0 ? [{ status: 500 }] : []),
      ...(i % 50 === 0 ? [{ status: 403 }] : []),
    ),
  );
  const ids = devices.map((device, i) => stage.offer(device, `message ${i}`));
  for (const id of ids) assert.equal(await stage.endOf(id), 'delivered');
  for (const [i, device] of devices.entries()) assert.deepEqual(service.textsOf(device), [`message ${i}`]);
  assert.ok(service.requests > 400);
  assert.ok(service.connections.size <= 64, `${service.connections.size} connections`);
  assert.ok(stage.lines.length > 0, 'the rest of the service was said');
  const said = stage.lines.join('\n');
  for (const { endpoint, auth } of devices) {
    assert.ok(!said.includes(new URL(endpoint).pathname.slice(6)));
    assert.ok(!said.includes(Buffer.from(auth).toString('base64url')));
  }
});

test('[I15] who closes lets what is under way arrive and takes nothing more', async () => {
  await using service = new PushService();
  const stage = new PushStage({ trusted: [service.origin], times: 1 });
  const id = stage.offer(service.subscribe(), 'last words');
  await stage[Symbol.asyncDispose]();
  assert.equal(stage.ends.get(id)?.how, 'delivered');
  assert.throws(() => stage.offer(service.subscribe(), 'x'), /shutting down/);
});

test('[I15] of several addresses of a name another one is taken when one fails', async () => {
  await using service = new PushService({ tls: TLS, host: PUSH_HOST });
  const resolve = async (): Promise<readonly string[]> => ['127.0.0.2', '127.0.0.1'];
  const trusted = [service.origin];
  await using stage = new PushStage({ trusted, resolve, authority: PUSH_CERTIFICATE, times: 100 });
  // Two that fail together leave the address once: the second of them may also begin after the first has failed.
  const both = [stage.offer(service.subscribe(), 'x'), stage.offer(service.subscribe(), 'y')];
  for (const id of both) assert.equal(await stage.endOf(id), 'delivered');
  const retried = stage.sender.figures()[0]?.retried ?? 0;
  assert.ok(retried === 1 || retried === 2, `${retried} tried again`);
  assert.equal(await stage.endOf(stage.offer(service.subscribe(), 'at once')), 'delivered');
  assert.equal(stage.sender.figures()[0]?.retried, retried);
});

test('[I15] what a push service says is kept for an operator, without the address of the device', async () => {
  const text = 'token=short-1 of /push/short-1 is not allowed\u0007 ';
  const head = `HTTP/1.1 403 Forbidden\r\nContent-Length: ${text.length}\r\n\r\n`;
  await using service = new PushService();
  await using refusing = await rude(head + text);
  await using stage = new PushStage({ trusted: [refusing.origin], times: 100 });
  const device = { ...service.subscribe(), endpoint: `${refusing.origin}/push/short-1` };
  const id = stage.offer(device, 'x', { ttlMs: 1500 });
  assert.equal(await stage.endOf(id), 'dead late 403 token=… of /push/… is not allowed');
});
