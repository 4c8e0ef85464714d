/** Whose tokens devices bring. */
export interface IdentityProvider {
  /** `iss` of every accepted token. */
  readonly issuer: string;
  /** `aud` of every accepted token; the app client's id in Cognito mode. */
  readonly audience: string;
  /** Where the provider publishes its keys; https. */
  readonly jwksUri: string;
  /** `cognito` accepts access tokens without `aud`, by their `client_id`. @default 'audience' */
  readonly tokenMode?: 'audience' | 'cognito';
}
