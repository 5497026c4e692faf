/** Blobs in a bucket, against one on loopback that checks signatures (SPEC B2, B7). */

import { deepEqual, equal, notEqual, rejects } from 'node:assert/strict';
import { test } from 'node:test';
import { realEnv } from 'copse/internal/base/env.ts';
import { BucketBlobs, type Bucket } from '../../server/src/store/blobs-bucket.ts';
import { blob, blobSuite } from './blobs.suite.ts';
import { S3_BUCKET, S3_ID, S3_REGION, S3_SECRET, startS3, type S3Double } from './s3-double.ts';

function bucketAt({ endpoint }: S3Double, part: Partial<Bucket> = {}): BucketBlobs {
  const keys = { id: S3_ID, secret: S3_SECRET, region: S3_REGION };
  return new BucketBlobs(realEnv(), { endpoint, bucket: S3_BUCKET, prefix: 'old/', ...keys, ...part });
}

blobSuite('a bucket', async () => {
  const s3 = startS3();
  return {
    blobs: bucketAt(s3),
    again: () => bucketAt(s3),
    [Symbol.asyncDispose]: () => s3[Symbol.asyncDispose](),
  };
});

test('[B7] who has not the secret of the bucket is refused, and told so', async () => {
  await using s3 = startS3();
  const { name, bytes } = blob(3, 100);
  await bucketAt(s3).put(name, bytes);
  for (const wrong of [{ secret: 'other' }, { id: 'OTHER' }]) {
    await rejects(bucketAt(s3, wrong).get(name), { code: 'closed' });
    await rejects(bucketAt(s3, wrong).put(name, bytes), { code: 'closed' });
  }
  equal(s3.refused, 4);
  deepEqual([...s3.bytesByKey.keys()], [`old/${name.slice(0, 2)}/${name}`]);
});

test('[B7] an address of the bucket opens this blob until its end, and nothing else', async () => {
  await using s3 = startS3();
  const blobs = bucketAt(s3);
  const [one, two] = [blob(1, 5_000), blob(2, 5_000)];
  for (const { name, bytes } of [one, two]) await blobs.put(name, bytes);
  const untilMs = realEnv().wallMs() + 900_000;
  const address = blobs.address(one.name, untilMs);
  equal(blobs.address(one.name, untilMs), address);
  notEqual(blobs.address(one.name, untilMs + 900_000), address);
  deepEqual(new Uint8Array(await (await fetch(address)).arrayBuffer()), one.bytes);
  const others = [
    address
      .replaceAll(one.name, two.name)
      .replaceAll(`/${one.name.slice(0, 2)}/`, `/${two.name.slice(0, 2)}/`),
    address.replace('X-Amz-Expires=', 'X-Amz-Expires=9'),
    bucketAt(s3, { secret: 'other' }).address(one.name, untilMs),
  ];
  for (const other of others) equal((await fetch(other)).status, 403, other);
  equal((await fetch(address, { method: 'DELETE' })).status, 403);
  s3.wallMs = () => untilMs + 1_000;
  equal((await fetch(address)).status, 403);
});

test('[B7] a bucket that is out of order is no empty one', async () => {
  await using s3 = startS3();
  const blobs = bucketAt(s3);
  const { name, bytes } = blob(4, 100);
  s3.failure = new Response('<Error><Code>InternalError</Code></Error>', { status: 500 });
  await rejects(blobs.get(name), { code: 'closed' });
  await rejects(blobs.put(name, bytes), { code: 'closed' });
  await rejects(blobs.delete(name), { code: 'closed' });
  s3.failure = null;
  equal(await blobs.get(name), null);
});
