/** What a deployment of a federation is, for what deploys it and for the functions. */
export {
  type BucketAccess,
  type CrossOrigin,
  DEPLOYMENT,
  type Deployment,
  type FunctionLimits,
  type FunctionName,
  type ObjectAccess,
  type QueueFeed,
  rateExpression,
  visibilitySeconds,
  workerAccess,
} from './deployment.ts';
export {
  type AggregatorVariable,
  type CoordinatorVariable,
  environmentOf,
  type IdentityVariable,
  type TokenMode,
  VARIABLES,
  type VariableName,
  type VariableValues,
  type WorkerVariable,
} from './variables.ts';
