import { MINISTACK_SKIPS } from './ministack-skips.ts';

/**
 * What an implementation is known to answer otherwise than AWS documents: name of the
 * implementation → row → reason. The local cloud has none: there a row that fails is a fault.
 */
export const SKIPS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'local cloud': {},
  MiniStack: MINISTACK_SKIPS,
};
