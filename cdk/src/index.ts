/** Constructs of a federation, for anybody's CDK app. */
export { CognitoDevicePool, type CognitoDevicePoolProps } from './cognito-device-pool.ts';
export { Federation } from './federation.ts';
export type { AggregatorSettings, FederationProps, FunctionSettings } from './federation-props.ts';
export { FederationStack, type FederationStackProps } from './federation-stack.ts';
export type { IdentityProvider } from './identity-provider.ts';
export { RemoteWorker, type RemoteWorkerProps } from './remote-worker.ts';
