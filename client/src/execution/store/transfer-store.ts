import type { UploadAttributes, UploadValue } from '../../protocol/index.ts';

/** Elements on their way, named by who moves them and by their own SHA-256. */
export interface TransferName {
  readonly owner: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Ways for elements that are too large for a batch or its answer. */
export interface TransferStore {
  /** Says where the caller may put bytes of this length and SHA-256, for a short time. */
  offerUpload(owner: string, upload: UploadAttributes): Promise<UploadValue>;
  /** Bytes that were put; `undefined` if none were. */
  readUpload(name: TransferName): Promise<Uint8Array | undefined>;
  /** Puts bytes where whoever has the URL that it answers may get them, for a short time. */
  offerDownload(name: TransferName, bytes: Uint8Array): Promise<string>;
  /**
   * Gets what another worker of the same deployment offers.
   *
   * @param byteCount - Never gets more.
   * @throws {@link CommandError} `url-not-allowed` for URLs of anybody else, `fetch-failed` when nothing is there.
   */
  fetch(url: string, byteCount: number): Promise<Uint8Array>;
}
