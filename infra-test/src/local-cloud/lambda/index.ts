import { LambdaService, type LambdaServiceOptions } from './lambda-service.ts';

export type { LambdaService, LambdaServiceOptions } from './lambda-service.ts';

/** Starts Lambda; its processes run until closed. */
export function createLambdaService(options: LambdaServiceOptions): LambdaService {
  return new LambdaService(options);
}
