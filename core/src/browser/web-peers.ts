/** Direct connections of browsers: WebRTC data channels (W3C Recommendation of 2025). Loaded with the first one. */

import { directCandidatesMax } from '../base/limits-direct.ts';
import type { Ice } from '../api/lead.ts';
import { permitted, permittedDescription } from '../client/candidates.ts';
import type { Peer, PeerEvents, Peers, PeerWord } from '../client/peer.ts';

/** Null in workers, and where the user has turned it off. */
export function webPeers(): Peers | null {
  if (typeof RTCPeerConnection === 'undefined') return null;
  return (role, ice, events) => new WebPeer(role, ice, events);
}

class WebPeer implements Peer {
  readonly #ice: Ice;
  readonly #events: PeerEvents;
  readonly #connection: RTCPeerConnection;
  #channel: RTCDataChannel | null = null;
  /** What was heard is done in order, each when the one before is done. */
  #steps: Promise<void> = Promise.resolve();
  #told = 0;
  #heard = 0;
  #isOver = false;

  constructor(role: 'caller' | 'answerer', ice: Ice, events: PeerEvents) {
    this.#ice = ice;
    this.#events = events;
    const connection = new RTCPeerConnection({
      iceServers: ice.servers.map(({ url, username, credential }) =>
        username === '' ? { urls: url } : { urls: url, username, credential },
      ),
      iceTransportPolicy: ice.policy === 'relay' ? 'relay' : 'all',
    });
    this.#connection = connection;
    connection.addEventListener('icecandidate', ({ candidate }) => this.#tell(candidate));
    connection.addEventListener('connectionstatechange', () => {
      if (connection.connectionState === 'failed' || connection.connectionState === 'closed') this.#end();
    });
    if (role === 'caller') {
      this.#use(connection.createDataChannel('copse', { ordered: true }));
      this.#then(() => this.#describe('offer'));
    } else {
      connection.addEventListener('datachannel', ({ channel }) => {
        if (this.#channel === null) this.#use(channel);
      });
    }
  }

  #then(step: () => Promise<void>): void {
    this.#steps = this.#after(this.#steps, step);
  }

  async #after(before: Promise<void>, step: () => Promise<void>): Promise<void> {
    await before;
    try {
      if (!this.#isOver) await step();
    } catch {
      // What cannot be understood ends the attempt: the node carries on.
      this.#end();
    }
  }

  async #describe(kind: 'offer' | 'answer'): Promise<void> {
    await this.#connection.setLocalDescription();
    const { sdp } = this.#connection.localDescription ?? { sdp: '' };
    if (!this.#isOver) this.#events.onWord({ kind, text: permittedDescription(this.#ice.policy, sdp) });
  }

  #tell(candidate: RTCIceCandidate | null): void {
    if (candidate === null || candidate.candidate === '' || this.#isOver) return;
    const text = permitted(this.#ice.policy, candidate.candidate);
    if (text === null || ++this.#told > directCandidatesMax) return;
    this.#events.onWord({ kind: 'candidate', text: `${candidate.sdpMid ?? '0'} ${text}` });
  }

  hear({ kind, text }: PeerWord): void {
    this.#then(async () => {
      if (kind === 'candidate') return this.#try(text);
      await this.#connection.setRemoteDescription({
        type: kind,
        sdp: permittedDescription(this.#ice.policy, text),
      });
      if (kind === 'offer') await this.#describe('answer');
    });
  }

  async #try(text: string): Promise<void> {
    const space = text.indexOf(' ');
    const candidate = permitted(this.#ice.policy, text.slice(space + 1));
    if (candidate === null || ++this.#heard > directCandidatesMax) return;
    await this.#connection.addIceCandidate({ candidate, sdpMid: text.slice(0, space) });
  }

  #use(channel: RTCDataChannel): void {
    this.#channel = channel;
    channel.binaryType = 'arraybuffer';
    channel.addEventListener('open', () => {
      if (!this.#isOver) this.#events.onOpen();
    });
    channel.addEventListener('message', ({ data }) => {
      if (!this.#isOver && data instanceof ArrayBuffer) this.#events.onMessage(new Uint8Array(data));
    });
    channel.addEventListener('close', () => this.#end());
  }

  send(message: Uint8Array<ArrayBuffer>): void {
    if (this.#channel?.readyState === 'open') this.#channel.send(message);
  }

  buffered(): number {
    return this.#channel?.bufferedAmount ?? 0;
  }

  #end(): void {
    if (this.#isOver) return;
    this.close();
    this.#events.onClose();
  }

  close(): void {
    this.#isOver = true;
    this.#channel?.close();
    this.#connection.close();
  }
}
