/** Object keys as patterns of IAM, where a star stands for any characters, slashes included. */

/** The one object that is replaced; every other is written once. */
export const HEAD_PATTERN = 'models/*/head.json';

/** Objects of a finished or running round, which nobody may delete. */
export const ROUNDS_PATTERN = 'rounds/*';

/** Prefixes whose objects expire. */
export const EXPIRING_PREFIXES = ['updates/', 'partials/'] as const;
