import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AccountRecovery, Mfa, UserPool, type UserPoolClient } from 'aws-cdk-lib/aws-cognito';
import { Construct } from 'constructs';
import type { IdentityProvider } from './identity-provider.ts';

/** Devices keep their password in a key store and never type it, so it can be as long as a key. */
const PASSWORD_LENGTH_MIN = 32;

/** Settings of {@link CognitoDevicePool}. */
export interface CognitoDevicePoolProps {
  /** What becomes of the devices' accounts when the pool is removed. @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Life of an access token; at least 5 minutes. @default 1 hour */
  readonly tokenValidity?: Duration;
}

/**
 * A user pool for those who have no identity provider: one user for each device, made by an
 * administrator. Devices sign in with their password and bring the access token.
 */
export class CognitoDevicePool extends Construct implements IdentityProvider {
  readonly userPool: UserPool;
  readonly client: UserPoolClient;
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUri: string;
  readonly tokenMode = 'cognito' as const;

  constructor(scope: Construct, id: string, props: CognitoDevicePoolProps = {}) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN, tokenValidity = Duration.hours(1) } = props;
    this.userPool = new UserPool(this, 'Devices', {
      selfSignUpEnabled: false,
      signInAliases: { username: true },
      signInCaseSensitive: true,
      accountRecovery: AccountRecovery.NONE,
      mfa: Mfa.OFF,
      passwordPolicy: {
        minLength: PASSWORD_LENGTH_MIN,
        ...{ requireLowercase: true, requireUppercase: true },
        ...{ requireDigits: true, requireSymbols: true },
      },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    Validations.of(this.userPool).acknowledge(
      {
        id: 'AwsSolutions-COG2',
        reason: 'Devices have nobody beside them who could type a second factor',
      },
      {
        id: 'AwsSolutions-COG8',
        reason:
          'Threat protection looks at people’s habits, and costs more than small federations do',
      },
    );
    this.client = this.userPool.addClient('Client', {
      authFlows: { userPassword: true, userSrp: true },
      disableOAuth: true,
      generateSecret: false,
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      accessTokenValidity: tokenValidity,
    });
    this.issuer = this.userPool.userPoolProviderUrl;
    this.audience = this.client.userPoolClientId;
    this.jwksUri = `${this.issuer}/.well-known/jwks.json`;
  }
}
