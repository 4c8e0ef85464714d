import { RemovalPolicy } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { FederationStack } from '../src/index.ts';
import { appWithoutBundles, IDENTITY, resource } from './support/synthesize.ts';

const template = Template.fromStack(new FederationStack(appWithoutBundles(), 'tributary'));

function variables(of: Template) {
  return resource(of, 'AWS::Lambda::Function', 'FederationCoordinator').Properties['Environment']
    .Variables;
}

describe('F22: tokens of a Cognito pool', () => {
  test('are checked by client id, because they have no audience', () => {
    const pool = expect.stringMatching(/^DevicePool/);
    expect(variables(template)).toMatchObject({
      TRIBUTARY_TOKEN_MODE: 'cognito',
      TRIBUTARY_ISSUER: { 'Fn::GetAtt': [pool, 'ProviderURL'] },
      TRIBUTARY_AUDIENCE: { Ref: pool },
      TRIBUTARY_JWKS_URL: {
        'Fn::Join': ['', [{ 'Fn::GetAtt': [pool, 'ProviderURL'] }, '/.well-known/jwks.json']],
      },
    });
  });

  test('of any other provider are checked by audience', () => {
    const own = new FederationStack(appWithoutBundles(), 'tributary', {
      identityProvider: IDENTITY,
    });
    expect(variables(Template.fromStack(own))).toMatchObject({
      TRIBUTARY_TOKEN_MODE: 'audience',
      TRIBUTARY_ISSUER: IDENTITY.issuer,
      TRIBUTARY_AUDIENCE: IDENTITY.audience,
      TRIBUTARY_JWKS_URL: IDENTITY.jwksUri,
    });
    Template.fromStack(own).resourceCountIs('AWS::Cognito::UserPool', 0);
  });
});

test('only an administrator adds devices, and their passwords are keys', () => {
  template.hasResourceProperties('AWS::Cognito::UserPool', {
    AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
    DeletionProtection: 'ACTIVE',
    Policies: { PasswordPolicy: { MinimumLength: 32 } },
  });
  template.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    ExplicitAuthFlows: [
      'ALLOW_USER_PASSWORD_AUTH',
      'ALLOW_USER_SRP_AUTH',
      'ALLOW_REFRESH_TOKEN_AUTH',
    ],
    GenerateSecret: false,
    PreventUserExistenceErrors: 'ENABLED',
    AccessTokenValidity: 60,
  });
});

test('F27: the pool goes with the federation when that goes', () => {
  const stack = new FederationStack(appWithoutBundles(), 'tributary', {
    federation: { removalPolicy: RemovalPolicy.DESTROY },
  });
  const pool = resource(Template.fromStack(stack), 'AWS::Cognito::UserPool');
  expect(pool.DeletionPolicy).toBe('Delete');
  expect(pool.Properties['DeletionProtection']).not.toBe('ACTIVE');
});
