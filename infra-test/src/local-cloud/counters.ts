/** Traffic of one API operation since the cloud started. */
export interface OperationCount {
  requestCount: number;
  /** Requests answered with a status of 400 or above. */
  errorCount: number;
  /** Body bytes received. */
  bytesIn: number;
  /** Body bytes sent. */
  bytesOut: number;
  /** Those of `bytesOut` that left the cloud: answers to presigned URLs and to function URLs. */
  egressBytes: number;
}

/** Traffic by service and operation, and what services bill besides requests. */
export interface CloudCounters {
  readonly operations: Readonly<Record<string, Readonly<Record<string, Readonly<OperationCount>>>>>;
  readonly usage: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** One finished request. */
export interface RequestRecord {
  readonly service: string;
  readonly operation: string;
  readonly status: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly isEgress: boolean;
}

/** Counts requests by service and operation. */
export interface RequestCounters {
  record(request: RequestRecord): void;
  /** A copy; later requests do not change it. */
  snapshot(): CloudCounters['operations'];
}

/** Makes counters that start at zero. */
export function createRequestCounters(): RequestCounters {
  const operations: Record<string, Record<string, OperationCount>> = {};
  return {
    record(request) {
      const byOperation = operations[request.service] ?? {};
      operations[request.service] = byOperation;
      const count = byOperation[request.operation] ?? {
        requestCount: 0,
        errorCount: 0,
        bytesIn: 0,
        bytesOut: 0,
        egressBytes: 0,
      };
      byOperation[request.operation] = count;
      count.requestCount += 1;
      count.errorCount += request.status >= 400 ? 1 : 0;
      count.bytesIn += request.bytesIn;
      count.bytesOut += request.bytesOut;
      count.egressBytes += request.isEgress ? request.bytesOut : 0;
    },
    snapshot: () => structuredClone(operations),
  };
}
