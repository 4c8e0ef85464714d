import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import {
  resource,
  resourcesOf,
  synthesize,
  synthesizeWithKeyAndTraces,
} from './support/synthesize.ts';

const BUCKET = 'AWS::S3::Bucket';

test('the bucket is private, its owner’s alone and encrypted', () => {
  synthesize().hasResourceProperties(BUCKET, {
    PublicAccessBlockConfiguration: {
      ...{ BlockPublicAcls: true, BlockPublicPolicy: true },
      ...{ IgnorePublicAcls: true, RestrictPublicBuckets: true },
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
      ],
    },
  });
});

test('a key of one’s own is used with bucket keys, and for the functions’ settings', () => {
  const template = synthesizeWithKeyAndTraces();
  template.hasResourceProperties(BUCKET, {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [
        { BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } },
      ],
    },
  });
  template.allResourcesProperties('AWS::Lambda::Function', { KmsKeyArn: Match.anyValue() });
});

test('updates, partials and claims alone expire; parts of uploads are thrown away', () => {
  const { Properties } = resource(synthesize({ uploadRetention: Duration.days(20) }), BUCKET);
  expect(Properties['LifecycleConfiguration'].Rules).toEqual([
    { Id: 'expire-updates', Status: 'Enabled', Prefix: 'updates/', ExpirationInDays: 20 },
    { Id: 'expire-partials', Status: 'Enabled', Prefix: 'partials/', ExpirationInDays: 20 },
    { Id: 'expire-claims', Status: 'Enabled', Prefix: 'claims/', ExpirationInDays: 20 },
    {
      ...{ Id: 'abort-multipart-uploads', Status: 'Enabled' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
    },
  ]);
});

describe('notification', () => {
  test('only uploads of updates are told, to the queue of hints', () => {
    const { Properties } = resource(synthesize(), BUCKET);
    expect(Properties['NotificationConfiguration']).toEqual({
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'updates/' }] } },
          Queue: { 'Fn::GetAtt': [expect.stringMatching(/^FederationQueuesHints/), 'Arn'] },
        },
      ],
    });
  });

  test('the queue lets S3 send before the bucket is made, and no function sets it later', () => {
    const template = synthesize();
    const dependsOn = resource(template, BUCKET).DependsOn ?? [];
    expect(dependsOn.some((id) => id.startsWith('FederationQueuesHintsPolicy'))).toBe(true);
    template.resourceCountIs('Custom::S3BucketNotifications', 0);
    template.resourceCountIs('AWS::Lambda::Function', 2);
  });
});

describe('F20: browsers', () => {
  const allowedOrigins = ['https://app.example.com'];

  test('none may take part unless their origin is named', () => {
    const template = synthesize();
    expect(resource(template, BUCKET).Properties).not.toHaveProperty('CorsConfiguration');
    expect(resource(template, 'AWS::Lambda::Url').Properties).not.toHaveProperty('Cors');
  });

  test('the bucket allows every header that a slot’s upload is bound by, and shows the ETag', () => {
    synthesize({ allowedOrigins }).hasResourceProperties(BUCKET, {
      CorsConfiguration: {
        CorsRules: [
          {
            AllowedOrigins: allowedOrigins,
            AllowedMethods: ['GET', 'PUT'],
            AllowedHeaders: [
              ...['content-type', 'if-none-match'],
              ...['x-amz-checksum-sha256', 'x-amz-sdk-checksum-algorithm'],
            ],
            ExposedHeaders: ['date', 'etag', 'retry-after'],
            MaxAge: 3600,
          },
        ],
      },
    });
  });

  test('the URL answers them once, by itself', () => {
    synthesize({ allowedOrigins }).hasResourceProperties('AWS::Lambda::Url', {
      Cors: {
        AllowOrigins: allowedOrigins,
        AllowMethods: ['GET', 'POST'],
        AllowHeaders: ['authorization', 'content-type'],
        ExposeHeaders: ['date', 'retry-after'],
        MaxAge: 3600,
      },
    });
  });
});

describe('F27: removal', () => {
  const kept = [BUCKET, 'AWS::SecretsManager::Secret', 'AWS::Logs::LogGroup'];

  test('by default bucket, secret and logs stay', () => {
    const template = synthesize();
    for (const each of kept.flatMap((type) => Object.values(resourcesOf(template, type)))) {
      expect(each.DeletionPolicy).toBe('Retain');
    }
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 0);
  });

  test('no name is fixed, so whatever stayed is in nobody’s way', () => {
    const json = JSON.stringify(synthesize().toJSON());
    for (const name of ['BucketName', 'FunctionName', 'QueueName', 'RoleName', 'LogGroupName']) {
      // Of a permission or a mapping the name is a reference to the function.
      expect(json).not.toMatch(new RegExp(`"${name}":"`));
    }
  });

  test('on request everything goes, the bucket emptied by the one role that may', () => {
    const template = synthesize({ removalPolicy: RemovalPolicy.DESTROY });
    for (const each of kept.flatMap((type) => Object.values(resourcesOf(template, type)))) {
      expect(each.DeletionPolicy).toBe('Delete');
    }
    template.resourceCountIs('Custom::S3AutoDeleteObjects', 1);
    template.allResourcesProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogGroup: { Ref: Match.stringLikeRegexp('Logs') } },
    });
    template.hasResourceProperties('AWS::S3::BucketPolicy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Sid: 'RoundsAreKept',
            Condition: {
              ArnNotEquals: {
                'aws:PrincipalArn': {
                  'Fn::GetAtt': [Match.stringLikeRegexp('^CustomS3AutoDeleteObjects.*Role'), 'Arn'],
                },
              },
            },
          }),
        ]),
      },
    });
  });
});
