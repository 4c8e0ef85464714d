/** Object keys as patterns of IAM, where a star stands for any characters, slashes included. */

/** The one object that is replaced; every other is written once. */
export const HEAD_PATTERN = 'models/*/head.json';

/** What nobody may delete: a plan and a head stay as the tombstone of a deleted model. */
export const KEPT_PATTERNS: readonly string[] = ['rounds/*', 'models/*/plan.json', HEAD_PATTERN];

/** Prefixes whose objects expire. */
export const EXPIRING_PREFIXES = ['updates/', 'partials/', 'claims/'] as const;
