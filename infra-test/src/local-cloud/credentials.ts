/** A key pair that requests may be signed with. */
export interface Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Present for temporary credentials; every request signed with them must carry it. */
  readonly sessionToken?: string | undefined;
}

/** The key pairs the front accepts; shared by the front and whoever hands out credentials. */
export interface CredentialRegistry {
  /** Accepts requests signed with this pair from now on; replaces a pair of the same access key id. */
  register(credential: Credential): void;
  /**
   * Refuses the pair from now on. A URL presigned with it dies too, so a function's pair should
   * outlive its process, as a role session's does.
   */
  unregister(accessKeyId: string): void;
  find(accessKeyId: string): Credential | undefined;
}

/** Makes an empty {@link CredentialRegistry}. */
export function createCredentialRegistry(): CredentialRegistry {
  const credentials = new Map<string, Credential>();
  return {
    register(credential) {
      credentials.set(credential.accessKeyId, credential);
    },
    unregister(accessKeyId) {
      credentials.delete(accessKeyId);
    },
    find: (accessKeyId) => credentials.get(accessKeyId),
  };
}
