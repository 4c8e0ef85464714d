import { TEST_PACE } from '../deployment/index.ts';
import type { ExportedIssuer } from '../identity-provider/index.ts';
import type { CdkContext } from './cdk.ts';
import type { ClientTarget } from './target.ts';

/** The origin whose scripts may take part, as the end-to-end files have it. */
const ORIGIN = 'https://app.example';

/** Context of a federation that tests deploy: what it stored goes with it. */
export function federationContext(
  name: string,
  { endpoint }: ClientTarget,
  { issuer, audience, jwksUrl }: ExportedIssuer,
): CdkContext {
  return {
    name,
    issuer,
    audience,
    jwksUri: jwksUrl,
    allowedOrigins: ORIGIN,
    removalPolicy: 'destroy',
    // As on the local cloud: tests wait for rounds, not for what makes them cheap.
    collectIntervalSeconds: String(TEST_PACE.collectIntervalSeconds),
    sweepPatienceSeconds: String(TEST_PACE.sweepPatienceSeconds),
    // An emulator without TLS could not be used through policies that demand it.
    tlsOnly: String(!endpoint?.startsWith('http://')),
  };
}
