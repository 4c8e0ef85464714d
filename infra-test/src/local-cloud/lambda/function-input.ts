import { z } from 'zod';
import { RestError } from './rest-api.ts';

/** Bytes of names and values that a function's variables may have. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const VARIABLES_BYTES_MAX = 4_096;

/** Names that Lambda sets itself. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  '_HANDLER',
  '_X_AMZN_TRACE_ID',
  'AWS_DEFAULT_REGION',
  'AWS_REGION',
  'AWS_EXECUTION_ENV',
  'AWS_LAMBDA_FUNCTION_NAME',
  'AWS_LAMBDA_FUNCTION_MEMORY_SIZE',
  'AWS_LAMBDA_FUNCTION_VERSION',
  'AWS_LAMBDA_INITIALIZATION_TYPE',
  'AWS_LAMBDA_LOG_GROUP_NAME',
  'AWS_LAMBDA_LOG_STREAM_NAME',
  'AWS_ACCESS_KEY',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_LAMBDA_RUNTIME_API',
  'LAMBDA_TASK_ROOT',
  'LAMBDA_RUNTIME_DIR',
]);

/** Settings of a function as sent. */
export interface ConfigurationInput {
  readonly Runtime?: string | undefined;
  readonly Role?: string | undefined;
  /** `file.export` within the package. */
  readonly Handler?: string | undefined;
  readonly Description?: string | undefined;
  /** Seconds. */
  readonly Timeout?: number | undefined;
  /** Mebibytes. */
  readonly MemorySize?: number | undefined;
  readonly Environment?: { readonly Variables: Readonly<Record<string, string>> } | undefined;
}

/** CreateFunction's members that we use. */
export interface CreateFunctionInput extends ConfigurationInput {
  readonly FunctionName: string;
  readonly Role: string;
  readonly Runtime: string;
  readonly Handler: string;
  readonly Code: { readonly ZipFile: string };
  readonly Architectures?: readonly string[] | undefined;
}

/** UpdateFunctionCode's members that we use. */
export interface UpdateCodeInput {
  readonly ZipFile: string;
  readonly RevisionId?: string | undefined;
}

/** UpdateFunctionConfiguration's members. */
export interface UpdateConfigurationInput extends ConfigurationInput {
  readonly RevisionId?: string | undefined;
}

const required = {
  Role: z.string().min(1),
  Runtime: z.string().regex(/^nodejs(?:20|22|24)\.x$/),
  Handler: z.string().regex(/^[\w/-]+\.\w+$/),
};
const configuration = z
  .strictObject({
    ...required,
    Description: z.string().max(256),
    Timeout: z.int().min(1).max(900),
    MemorySize: z.int().min(128).max(10_240),
    Environment: z.strictObject({ Variables: z.record(z.string(), z.string()).default({}) }),
  })
  .partial();
const architectures = z.array(z.enum(['arm64', 'x86_64'])).length(1);
const zipFile = z.base64();

/** Checks CreateFunction's body. */
export const createFunctionInput: z.ZodType<CreateFunctionInput> = z.strictObject({
  ...configuration.shape,
  ...required,
  FunctionName: z.string().regex(/^[\w-]{1,64}$/),
  Code: z.strictObject({ ZipFile: zipFile }),
  Architectures: architectures.optional(),
  PackageType: z.literal('Zip').optional(),
  Publish: z.boolean().optional(),
  Tags: z.record(z.string(), z.string()).optional(),
});

/** Checks UpdateFunctionCode's body. */
export const updateCodeInput: z.ZodType<UpdateCodeInput> = z.strictObject({
  ZipFile: zipFile,
  Architectures: architectures.optional(),
  Publish: z.boolean().optional(),
  DryRun: z.literal(false).optional(),
  RevisionId: z.string().optional(),
});

/** Checks UpdateFunctionConfiguration's body. */
export const updateConfigurationInput: z.ZodType<UpdateConfigurationInput> = z.strictObject({
  ...configuration.shape,
  RevisionId: z.string().optional(),
});

/** @throws {@link RestError} `InvalidParameterValueException` for reserved names or too many bytes. */
export function checkVariables(variables: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(variables).filter((name) => RESERVED_VARIABLES.has(name));
  if (reserved.length > 0) {
    throw new RestError(
      'InvalidParameterValueException',
      400,
      `Reserved keys can't be set as environment variables: ${reserved.join(', ')}`,
    );
  }
  const invalid = Object.keys(variables).find((name) => !/^[a-zA-Z]\w+$/.test(name));
  if (invalid !== undefined) {
    throw new RestError(
      'InvalidParameterValueException',
      400,
      `Environment variable ${invalid}: a name begins with a letter and has at least two letters, digits or underscores`,
    );
  }
  const byteCount = Buffer.byteLength(JSON.stringify(variables));
  if (byteCount > VARIABLES_BYTES_MAX) {
    throw new RestError(
      'InvalidParameterValueException',
      400,
      `Environment variables have ${byteCount} bytes, at most ${VARIABLES_BYTES_MAX} are allowed`,
    );
  }
}
