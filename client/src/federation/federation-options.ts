import { LambdaTransport } from '#lambda';
import { CoordinatorClient } from '../device/coordinator-client.ts';
import type { Environment } from '../device/environment.ts';
import type { OnProgress } from '../device/progress.ts';
import type { TokenSource } from '../device/token.ts';
import { DeploymentError } from '../protocol/index.ts';
import { describeValue } from '../protocol/json-fault.ts';
import { assertOptionNames, type OptionNames } from '../protocol/option-names.ts';
import { proxiedEnvironment } from '../proxy/proxied-environment.ts';
import { OperatorClient } from './operator-client.ts';
import type { OperatorTransport } from './operator-transport.ts';

/** Where a federation is, and who asks. Devices need a URL and a token, operators a function. */
export interface FederationOptions {
  /** The coordinator's function URL, with or without a trailing slash. */
  readonly coordinatorUrl?: string | undefined;
  /** The bearer token for `coordinatorUrl`, or a function asked for one before each request. */
  readonly token?: TokenSource | undefined;
  /** Name or ARN of the coordinator function, which IAM lets an operator invoke; in Node only. */
  readonly coordinatorFunction?: string | undefined;
  /**
   * AWS region of the function.
   *
   * @default what the AWS SDK finds
   */
  readonly region?: string | undefined;
  /**
   * Endpoint of the Lambda API.
   *
   * @default what the AWS SDK finds: `AWS_ENDPOINT_URL`, else AWS itself
   */
  readonly endpoint?: string | undefined;
  /**
   * Told the progress of every operation of this Federation that is given no `onProgress` of its own:
   * most report only that they wait for an answer.
   */
  readonly onProgress?: OnProgress | undefined;
}

const NAMES: OptionNames<FederationOptions> = {
  coordinatorUrl: true,
  token: true,
  coordinatorFunction: true,
  region: true,
  endpoint: true,
  onProgress: true,
};

/**
 * Replaceable parts, for tests.
 *
 * @internal
 */
export interface FederationParts {
  readonly environment?: Environment | undefined;
  readonly transport?: OperatorTransport | undefined;
}

/** The ways to the coordinator; either may be absent. */
export interface Connections {
  readonly environment: Environment;
  readonly coordinator: CoordinatorClient | undefined;
  readonly operator: OperatorClient | undefined;
  readonly onProgress: OnProgress | undefined;
}

/**
 * @throws {@link DeploymentError} `coordinator-url-invalid`, `function-name-invalid`, `endpoint-invalid`; in
 * browsers `node-required` for `coordinatorFunction`; `TypeError` naming an unknown option.
 */
export function connect(options: FederationOptions, parts: FederationParts): Connections {
  assertOptionNames('Federation', options, NAMES);
  const { coordinatorUrl, token, coordinatorFunction, region, endpoint, onProgress } = options;
  const environment = parts.environment ?? proxiedEnvironment;
  const transport =
    parts.transport ??
    (coordinatorFunction === undefined
      ? undefined
      : new LambdaTransport({ functionName: coordinatorFunction, region, endpoint }));
  return {
    environment,
    onProgress,
    operator:
      transport === undefined
        ? undefined
        : new OperatorClient({ transport, environment, coordinatorFunction }),
    coordinator:
      coordinatorUrl === undefined
        ? undefined
        : new CoordinatorClient({ url: checkedUrl(coordinatorUrl), token, environment }),
  };
}

function checkedUrl(url: string): string {
  if (typeof url === 'string' && isHttpUrl(url)) return url;
  throw new DeploymentError(
    `coordinatorUrl is ${shown(url)}, expected the text of an http or https URL; pass the coordinator's function URL`,
    { code: 'coordinator-url-invalid' },
  );
}

/** `URL.canParse` is missing in React Native and in older browsers. */
function isHttpUrl(text: string): boolean {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** @throws {@link DeploymentError} `coordinator-url-missing` or `coordinator-function-missing`. */
export function missing(option: 'coordinatorUrl' | 'coordinatorFunction', what: string): never {
  throw new DeploymentError(
    `${what} needs ${option}, which this Federation was not given; pass it to the constructor`,
    {
      code:
        option === 'coordinatorUrl' ? 'coordinator-url-missing' : 'coordinator-function-missing',
    },
  );
}

function shown(url: unknown): string {
  return typeof url === 'string' ? JSON.stringify(url.slice(0, 200)) : describeValue(url);
}
