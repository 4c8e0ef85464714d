/** What the bucket refuses to everybody, administrators and the functions themselves included. */
import { DEPLOYMENT } from '@tributary/client/deployment';
import { RemovalPolicy } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { emptyingRoleArn } from './emptying-function.ts';

const { headPattern: HEAD_PATTERN, keptPatterns: KEPT_PATTERNS } = DEPLOYMENT.bucket;

/** Settings of {@link protectBucket}. */
export interface ProtectBucketOptions {
  /** Roles of the functions that move heads. */
  readonly headWriters: readonly IRole[];
  /** `DESTROY` lets the role that empties the bucket, and no other, delete what is kept. */
  readonly removalPolicy: RemovalPolicy;
}

/** What the bucket refuses, for whoever has to be let in. */
export interface BucketProtection {
  /** Lets objects be replaced with If-Match, as heads are. @param keys - A pattern of keys. */
  readonly allowReplacing: (keys: string) => void;
}

/**
 * Has the bucket demand a condition with every write, refuse multipart uploads and foreign writes of
 * heads, and keep what a round's outcome rests on.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
export function protectBucket(bucket: IBucket, options: ProtectBucketOptions): BucketProtection {
  const once = writesAreConditional(bucket);
  const compared = headsAreCompared(bucket);
  const statements = [
    once,
    compared,
    uploadsAreWhole(bucket),
    headsAreOurs(bucket, options.headWriters),
    roundsAreKept(bucket, options.removalPolicy),
  ];
  for (const statement of statements) bucket.addToResourcePolicy(statement);
  return {
    allowReplacing: (keys) => {
      once.addNotResources(bucket.arnForObjects(keys));
      compared.addResources(bucket.arnForObjects(keys));
    },
  };
}

/** Whatever is not a head is written once; what is uploaded in one piece says so with If-None-Match. */
function writesAreConditional(bucket: IBucket): PolicyStatement {
  return new PolicyStatement({
    ...{ sid: 'WritesAreConditional', effect: Effect.DENY, principals: [new AnyPrincipal()] },
    actions: ['s3:PutObject'],
    notResources: [bucket.arnForObjects(HEAD_PATTERN)],
    conditions: {
      Null: { 's3:if-none-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    },
  });
}

/** A head is made with If-None-Match and replaced with If-Match; with neither, a race would be lost unseen. */
function headsAreCompared(bucket: IBucket): PolicyStatement {
  return new PolicyStatement({
    ...{ sid: 'HeadsAreCompared', effect: Effect.DENY, principals: [new AnyPrincipal()] },
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(HEAD_PATTERN)],
    conditions: {
      Null: { 's3:if-none-match': 'true', 's3:if-match': 'true' },
      Bool: { 's3:ObjectCreationOperation': 'true' },
    },
  });
}

/** Parts of a multipart upload carry no condition and no checksum of the whole. */
function uploadsAreWhole(bucket: IBucket): PolicyStatement {
  return new PolicyStatement({
    ...{ sid: 'UploadsAreWhole', effect: Effect.DENY, principals: [new AnyPrincipal()] },
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects('*')],
    conditions: { Bool: { 's3:ObjectCreationOperation': 'false' } },
  });
}

/** Only model creation and the aggregator say where a model stands. */
function headsAreOurs(bucket: IBucket, writers: readonly IRole[]): PolicyStatement {
  return new PolicyStatement({
    ...{ sid: 'HeadsAreOurs', effect: Effect.DENY, principals: [new AnyPrincipal()] },
    actions: ['s3:PutObject'],
    resources: [bucket.arnForObjects(HEAD_PATTERN)],
    conditions: { ArnNotEquals: { 'aws:PrincipalArn': writers.map(({ roleArn }) => roleArn) } },
  });
}

/** Rounds, closes, seals and results prove what a model is made of; plans and heads bar their names. */
function roundsAreKept(bucket: IBucket, removalPolicy: RemovalPolicy): PolicyStatement {
  const isEmptied = removalPolicy === RemovalPolicy.DESTROY;
  return new PolicyStatement({
    ...{ sid: 'RoundsAreKept', effect: Effect.DENY, principals: [new AnyPrincipal()] },
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
    resources: KEPT_PATTERNS.map((pattern) => bucket.arnForObjects(pattern)),
    ...(isEmptied
      ? { conditions: { ArnNotEquals: { 'aws:PrincipalArn': emptyingRoleArn(bucket) } } }
      : {}),
  });
}
