/**
 * Direct connections of Node and Bun: `node-datachannel`, a library in C++ that an application may leave out.
 * Loaded with the first one.
 */

import type * as Library from 'node-datachannel';
import type { PeerConnection, DataChannel } from 'node-datachannel';

import { directCandidatesMax } from '../base/limits-direct.ts';
import type { Ice } from '../api/lead.ts';
import { permitted, permittedDescription } from '../client/candidates.ts';
import type { Peer, PeerEvents, Peers, PeerWord } from '../client/peer.ts';

/** Null where the library is not installed, or has no binary for this machine. */
export async function nativePeers(): Promise<Peers | null> {
  try {
    const library = await import('node-datachannel');
    return (role, ice, events) => new NativePeer(library, { role, ice, events });
  } catch {
    return null;
  }
}

/** Connections of this process that are not closed. The threads of the library would keep it from ending. */
let openCount = 0;

/** Ends the library's threads when nobody needs them; the next connection starts them again. */
function leave(library: typeof Library): void {
  openCount--;
  // Behind what the library is calling now.
  setImmediate(() => {
    if (openCount === 0) library.cleanup();
  });
}

interface Call {
  readonly role: 'caller' | 'answerer';
  readonly ice: Ice;
  readonly events: PeerEvents;
}

class NativePeer implements Peer {
  readonly #ice: Ice;
  readonly #events: PeerEvents;
  readonly #library: typeof Library;
  readonly #connection: PeerConnection;
  #channel: DataChannel | null = null;
  #told = 0;
  #heard = 0;
  #isOver = false;

  constructor(library: typeof Library, { role, ice, events }: Call) {
    this.#ice = ice;
    this.#events = events;
    const connection = new library.PeerConnection('copse', {
      iceServers: ice.servers.map(serverOf),
      iceTransportPolicy: ice.policy === 'relay' ? 'relay' : 'all',
    });
    this.#connection = connection;
    this.#library = library;
    openCount++;
    connection.onLocalDescription((sdp, type) => {
      if (this.#isOver || (type !== 'offer' && type !== 'answer')) return;
      events.onWord({ kind: type, text: permittedDescription(ice.policy, sdp) });
    });
    connection.onLocalCandidate((candidate, mid) => this.#tell(candidate, mid));
    connection.onStateChange((state) => {
      if (state === 'failed' || state === 'closed') this.#end();
    });
    if (role === 'caller') this.#use(connection.createDataChannel('copse', { unordered: false }));
    else
      connection.onDataChannel((channel) => {
        if (this.#channel === null) this.#use(channel);
      });
  }

  #tell(candidate: string, mid: string): void {
    const text = permitted(this.#ice.policy, candidate.replace(/^a=/, ''));
    if (this.#isOver || text === null || ++this.#told > directCandidatesMax) return;
    this.#events.onWord({ kind: 'candidate', text: `${mid} ${text}` });
  }

  hear({ kind, text }: PeerWord): void {
    if (this.#isOver) return;
    try {
      if (kind === 'candidate') this.#try(text);
      else this.#connection.setRemoteDescription(permittedDescription(this.#ice.policy, text), kind);
    } catch {
      // What cannot be understood ends the attempt: the node carries on.
      this.#end();
    }
  }

  #try(text: string): void {
    const space = text.indexOf(' ');
    const candidate = permitted(this.#ice.policy, text.slice(space + 1));
    if (candidate === null || ++this.#heard > directCandidatesMax) return;
    this.#connection.addRemoteCandidate(candidate, text.slice(0, space));
  }

  #use(channel: DataChannel): void {
    this.#channel = channel;
    channel.onOpen(() => {
      if (!this.#isOver) this.#events.onOpen();
    });
    channel.onMessage((message) => {
      if (this.#isOver || typeof message === 'string') return;
      this.#events.onMessage(new Uint8Array(message));
    });
    channel.onClosed(() => this.#end());
    channel.onError(() => this.#end());
  }

  send(message: Uint8Array): void {
    if (!this.#isOver && this.#channel?.isOpen() === true) this.#channel.sendMessageBinary(message);
  }

  buffered(): number {
    return this.#isOver ? 0 : (this.#channel?.bufferedAmount() ?? 0);
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClose();
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connection.close();
    leave(this.#library);
  }
}

/** The library wants the name and password inside of the address. */
function serverOf({ url, username, credential }: Ice['servers'][number]): string {
  const colon = url.indexOf(':');
  if (username === '') return url;
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(credential)}@`;
  return `${url.slice(0, colon + 1)}${login}${url.slice(colon + 1)}`;
}
