/** A mail server on loopback, small and of its own: keeps what it is handed, and refuses what a test says (RFC 5321). */

import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface Taken {
  readonly from: string;
  readonly to: readonly string[];
  readonly data: string;
}

export class SmtpServer implements AsyncDisposable {
  readonly taken: Taken[] = [];
  /** Name and password of each who logged in. */
  readonly logins: string[] = [];
  /** What it answers to a command instead of taking it, as `RCPT`. */
  readonly refusals = new Map<string, string>();
  readonly #server: Server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();

  static async open(): Promise<SmtpServer> {
    const server = new SmtpServer();
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', () => resolve()));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#sockets.delete(socket));
    const say = (line: string): void => void socket.write(`${line}\r\n`);
    let rest = '';
    let data: string[] | null = null;
    let from = '';
    let to: string[] = [];
    say('220 mail.test');
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (data !== null && line !== '.') {
          data.push(line.replace(/^\.\./, '.'));
          continue;
        }
        if (data !== null) {
          this.taken.push({ from, to, data: data.join('\n') });
          [data, to] = [null, []];
          say('250 taken');
          continue;
        }
        const [verb = '', first = '', second = ''] = line.split(' ');
        const refusal = this.refusals.get(verb.toUpperCase());
        if (refusal !== undefined) {
          say(refusal);
          continue;
        }
        switch (verb.toUpperCase()) {
          case 'EHLO':
            say('250-mail.test');
            say('250 AUTH PLAIN');
            break;
          case 'AUTH':
            this.logins.push(Buffer.from(second, 'base64').toString('utf8').split('\0').slice(1).join(' '));
            say('235 welcome');
            break;
          case 'MAIL':
            from = first;
            say('250 ok');
            break;
          case 'RCPT':
            to.push(first);
            say('250 ok');
            break;
          case 'DATA':
            data = [];
            say('354 go on');
            break;
          case 'QUIT':
            say('221 bye');
            socket.end();
            break;
          default:
            say('502 not here');
        }
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
