import type { Attempt } from '../device/retry.ts';

/** Carries requests to a function: an operator's to the coordinator, batches to a worker. */
export interface OperatorTransport {
  /**
   * Invokes the function once, synchronously.
   *
   * @param payload - The request, JSON in UTF-8.
   * @returns The function's answer, JSON in UTF-8; `again` when the invocation failed but may not fail
   * again.
   * @throws {@link DeploymentError} for what only a change of configuration or permissions cures.
   */
  invoke(payload: Uint8Array, signal: AbortSignal): Promise<Attempt<Uint8Array>>;
}

/** Where a function is. */
export interface FunctionAddress {
  /** Name or ARN. */
  readonly functionName: string;
  /** @default what the AWS SDK finds: `AWS_REGION`, the shared configuration */
  readonly region?: string | undefined;
  /** @default what the AWS SDK finds: `AWS_ENDPOINT_URL`, else AWS itself */
  readonly endpoint?: string | undefined;
}
