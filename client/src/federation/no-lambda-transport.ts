import { DeploymentError } from '../protocol/index.ts';
import type { FunctionAddress, OperatorTransport } from './operator-transport.ts';

/**
 * Stands in for `lambda-transport.ts` in browsers and React Native: the AWS SDK finds no credentials there,
 * so bundles go without it.
 */
export class LambdaTransport implements OperatorTransport {
  /** @throws {@link DeploymentError} `node-required`, always. */
  constructor({ functionName }: FunctionAddress) {
    throw new DeploymentError(
      `Function ${functionName} can't be invoked from here: that takes AWS credentials, which only programs in Node find. Devices and readers use coordinatorUrl and token; operate the federation, and use Lambda workers, from Node`,
      { code: 'node-required' },
    );
  }

  invoke(): never {
    throw new Error('Unreachable: the constructor throws');
  }
}
