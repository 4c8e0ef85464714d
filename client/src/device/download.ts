import type { Download, VersionDownload } from '../protocol/index.ts';
import {
  DOWNLOAD_SECONDS,
  decodeWeights,
  HEADER_BYTES_MAX,
  MODEL_ELEMENTS_MAX,
  type NamedTensors,
  ObjectInvalidError,
  sha256Hex,
} from '../protocol/index.ts';
import { hasOwn } from '../protocol/own-members.ts';
import { readInto } from './body.ts';
import type { Environment } from './environment.ts';
import { exchange } from './exchange.ts';
import type { OperationContext } from './progress.ts';
import { type Attempt, withRetries } from './retry.ts';
import { urlExpired } from './slot-lease.ts';
import { isPage, readFault, type StorageFault, sortStorageFault } from './storage-answer.ts';

/** Longest silence of a download; each piece that arrives starts it anew. */
const SILENCE_TIMEOUT_MS = 60_000;

/** What the signature of a download covers. */
const SIGNED = 'GET, the whole URL and the header host';

/** Largest version fetched when no plan bounds it: float32 weights and a header. */
export const VERSION_BYTES_MAX: number = MODEL_ELEMENTS_MAX * 4 + HEADER_BYTES_MAX;

/** Suffix of the files that hold tensors; a version may list an index beside them. */
const WEIGHTS_SUFFIX = '.safetensors';

/** What to fetch, and how to go on when its URLs have expired. */
export interface VersionSource {
  readonly download: VersionDownload;
  /** Asks for the same version with fresh URLs. */
  readonly refresh: () => Promise<VersionDownload>;
  /** Most bytes of all files together. */
  readonly bytesMax: number;
}

/** A model version and its weights. */
export interface DownloadedVersion {
  /** Number of the round that made it; 0 for the initial version. */
  readonly version: number;
  /** float32 tensors by name. */
  readonly weights: NamedTensors;
}

/**
 * Fetches a model version; every file's length and SHA-256 are checked.
 *
 * @throws {@link ObjectInvalidError} `version-too-large` before any byte is fetched,
 * `download-corrupt` when a file's bytes are wrong twice.
 * @throws {@link RequestRefusedError} `storage-refused`; `url-expired` when fresh URLs are taken for expired.
 * @throws {@link InvocationFailedError} when attempts are used up.
 */
export async function downloadVersion(
  source: VersionSource,
  context: OperationContext,
): Promise<DownloadedVersion> {
  const files = weightFiles(source.download);
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const { model, version } = source.download;
  if (total > source.bytesMax) {
    throw new ObjectInvalidError(
      `Version ${version} of model ${model} has ${total} bytes, expected at most ${source.bytesMax}; check the deployment`,
      { code: 'version-too-large', detail: { bytes: total, bytesMax: source.bytesMax } },
    );
  }
  const urls = new FreshUrls(source, context.environment);
  const fetched: Uint8Array[] = [];
  let before = 0;
  for (const file of files) {
    const start = before;
    const onBytes = (bytes: number) =>
      context.progress.report({ phase: 'download', done: start + bytes, total, unit: 'byte' });
    onBytes(0);
    fetched.push(await fetchFile({ file, urls, onBytes }, context));
    before += file.bytes;
  }
  return { version, weights: decodeAll(fetched) };
}

function weightFiles({ files, model, version }: VersionDownload): readonly Download[] {
  const weights = files.filter((file) => file.name.endsWith(WEIGHTS_SUFFIX));
  if (weights.length > 0) return weights;
  throw new ObjectInvalidError(
    `Version ${version} of model ${model} lists no ${WEIGHTS_SUFFIX} file; check the deployment`,
    { code: 'version-without-weights' },
  );
}

function decodeAll(files: readonly Uint8Array[]): NamedTensors {
  // `fromEntries` defines properties, so a tensor named `__proto__` is a tensor and nothing else.
  return Object.fromEntries(files.flatMap((file) => Object.entries(decodeWeights(file))));
}

/** The URLs of one version's files; renewed when their time is over, and once when it ends early. */
class FreshUrls {
  readonly #source: VersionSource;
  readonly #now: Environment['now'];
  #download: VersionDownload;
  #endsAt: number;
  #hasEndedEarly = false;

  constructor(source: VersionSource, { now }: Environment) {
    this.#source = source;
    this.#now = now;
    this.#download = source.download;
    this.#endsAt = now() + DOWNLOAD_SECONDS * 1000;
  }

  urlOf(name: string): string | undefined {
    return this.#download.files.find((file) => file.name === name)?.url;
  }

  /** True when the lifetime of the URLs is over by this device's own count. */
  isOver(): boolean {
    return this.#now() >= this.#endsAt;
  }

  async renew(): Promise<void> {
    const { model, version } = this.#download;
    const isEarly = !this.isOver();
    if (isEarly && this.#hasEndedEarly) throw urlExpired(`version ${version} of model ${model}`);
    this.#hasEndedEarly = isEarly;
    const askedAt = this.#now();
    this.#download = await this.#source.refresh();
    this.#endsAt = askedAt + DOWNLOAD_SECONDS * 1000;
  }
}

interface FileSource {
  readonly file: Download;
  readonly urls: FreshUrls;
  readonly onBytes: (bytes: number) => void;
}

/** A file whose bytes are wrong is fetched once more: a proxy's mishap is not the model's. */
async function fetchFile(source: FileSource, context: OperationContext): Promise<Uint8Array> {
  for (let isSecond = false; ; isSecond = true) {
    const bytes = await fetchOnce(source, context);
    const { file } = source;
    const sha256 = await sha256Hex(bytes);
    if (sha256 === file.sha256) return bytes;
    if (isSecond) {
      throw new ObjectInvalidError(
        `File ${file.name} arrived twice with bytes other than announced (${file.bytes} bytes, SHA-256 ${file.sha256}); check what is between this device and storage`,
        { code: 'download-corrupt', detail: { file: file.name } },
      );
    }
  }
}

type Fetched =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'expired' };

async function fetchOnce(source: FileSource, context: OperationContext): Promise<Uint8Array> {
  for (;;) {
    const fetched = await withRetries(() => attempt(source, context), context);
    if (fetched.kind === 'bytes') return fetched.bytes;
    await source.urls.renew();
  }
}

async function attempt(
  { file, urls, onBytes }: FileSource,
  context: OperationContext,
): Promise<Attempt<Fetched>> {
  const what = `the download of ${file.name}`;
  const url = urls.urlOf(file.name) ?? file.url;
  const exchanged = await exchange<Fetched | StorageFault>(
    { what, method: 'GET', url, headers: {}, timeoutMs: SILENCE_TIMEOUT_MS },
    async (response, touch) => {
      if (response.status !== 200 || isPage(response)) {
        return readFault(what, response, context.environment.now());
      }
      const target = new Uint8Array(file.bytes);
      const bytes = await readInto(response, target, (read) => {
        touch();
        onBytes(read);
      });
      // A body that is longer or shorter fails by its digest, like any that is not what was announced.
      return { kind: 'bytes', bytes: target.subarray(0, bytes ?? 0) };
    },
    context,
  );
  if (exchanged.kind === 'unreachable') {
    const { error, isBlocked } = exchanged;
    return { kind: 'again', error, isBlocked };
  }
  if (hasOwn(exchanged.value, 'kind')) return { kind: 'done', value: exchanged.value };
  return sortStorageFault(exchanged.value, { isOver: urls.isOver(), signed: SIGNED });
}
