/**
 * What the exit code of `tributary` tells a script. 0 is success alone: for `round watch` that is a
 * published round, for `device run` an outcome that needs nobody's attention.
 */
export const EXIT_CODES = {
  success: 0,
  /** Something else failed: local training, an unreadable answer, a fault of the program. */
  failed: 1,
  /** Command line, configuration or an input file. */
  usage: 2,
  /** The round was aborted; the model stays as it is. */
  aborted: 3,
  /** The federation can't be reached, or did not answer in time. */
  unreachable: 4,
  /** The coordinator or storage refused, with a code; or the round rejected this device's update. */
  refused: 5,
  /** There is no such model, round or version. */
  unknown: 6,
  /** Ended by Ctrl-C: 128 + the number of the signal, as shells have it. */
  interrupted: 130,
  /** Ended by SIGTERM. */
  terminated: 143,
} as const;

/** One of {@link EXIT_CODES}. */
export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];
