/** One state of a function; an update makes a new one, and processes of the old one aren't used again. */
export interface DeployedFunction {
  readonly name: string;
  readonly arn: string;
  readonly runtime: string;
  readonly role: string;
  /** `file.export` within the package. */
  readonly handler: string;
  readonly description: string;
  /** Whole seconds; 1 … 900. */
  readonly timeoutSeconds: number;
  /** Mebibytes; 128 … 10,240. */
  readonly memoryMegabytes: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly architecture: string;
  /** Folder with the unpacked package. */
  readonly codeDirectory: string;
  /** Bytes of the archive. */
  readonly codeBytes: number;
  /** Base64 digest of the archive. */
  readonly codeSha256: string;
  readonly revisionId: string;
  /** ISO 8601 with milliseconds and offset. */
  readonly lastModified: string;
}
