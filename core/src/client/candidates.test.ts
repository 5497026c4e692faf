import assert from 'node:assert/strict';
import { test } from 'node:test';

import { permitted, permittedDescription } from './candidates.ts';

const host = 'candidate:1 1 UDP 2122252543 192.168.1.7 50000 typ host';
const named = 'candidate:1 1 udp 2122252543 3f1c-11.local 50000 typ host generation 0';
const reflexive = 'candidate:2 1 UDP 1686052607 203.0.113.9 50001 typ srflx raddr 192.168.1.7 rport 50000';
const relayed = 'candidate:3 1 UDP 41885439 198.51.100.2 60000 typ relay raddr 203.0.113.9 rport 50001';

test('[V14] a policy holds back the addresses that it says', () => {
  for (const candidate of [host, named, reflexive, relayed])
    assert.equal(permitted('all', candidate), candidate);
  assert.equal(permitted('masked', host), null);
  assert.equal(permitted('masked', named), named);
  assert.match(
    permitted('masked', reflexive) ?? '',
    /203\.0\.113\.9 50001 typ srflx raddr 0\.0\.0\.0 rport 0$/,
  );
  for (const candidate of [host, named, reflexive]) assert.equal(permitted('relay', candidate), null);
  assert.match(
    permitted('relay', relayed) ?? '',
    /198\.51\.100\.2 60000 typ relay raddr 0\.0\.0\.0 rport 0$/,
  );
});

test('[V14] what is no candidate, and what belongs to no single device, is not tried', () => {
  const at = (address: string): string => `candidate:1 1 UDP 1 ${address} 9 typ host`;
  for (const address of ['0.0.0.0', '224.0.0.251', '239.1.1.1', '255.255.255.255', '::', 'ff02::fb']) {
    assert.equal(permitted('all', at(address)), null, address);
  }
  for (const text of ['', 'candidate:', 'candidate:1 1 UDP 1 10.0.0.1 9 typ other', 'x'.repeat(9_999)]) {
    assert.equal(permitted('all', text), null);
  }
  assert.equal(permitted('all', at('fe80::1')), at('fe80::1'));
});

test('[V14] a description says no more than candidates may', () => {
  const lines = ['v=0', `a=${host}`, `a=${relayed}`, 'a=fingerprint:sha-256 AA:BB', ''];
  const kept = permittedDescription('relay', lines.join('\r\n')).split('\r\n');
  assert.deepEqual(
    kept.map((line) => line.slice(0, 14)),
    ['v=0', 'a=candidate:3 ', 'a=fingerprint:', ''],
  );
  assert.equal(permittedDescription('all', lines.join('\r\n')), lines.join('\r\n'));
});
