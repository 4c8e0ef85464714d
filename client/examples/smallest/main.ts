import { Device } from '@tributary/client';
import { startLocalFederation } from '@tributary/infra-test';

// A local cloud with a federation deployed on it. On AWS, `cdk deploy` prints what Federation needs.
const { operator, federationOf, close } = await startLocalFederation();

// The operator publishes version 0 and opens a round that closes when three updates are there.
const w = { dtype: 'F32', shape: [2], data: Float32Array.of(0, 0) } as const;
await operator.createModel({ model: 'mean', weights: { w } });
const { round } = await operator.startRound('mean', { goal: 3, minimum: 2, deadlineSeconds: 60 });

// Each device trains on what only it can see, and uploads what training changed.
const readings = [
  [1, 0.5],
  [2, 0.75],
  [6, 1.75],
];
const outcomes = await Promise.all(
  readings.map((reading, index) => {
    const deviceId = `phone-${index}`;
    const device = new Device({
      federation: federationOf(deviceId),
      deviceId,
      train: () => ({
        weights: { w: { ...w, data: Float32Array.from(reading) } },
        exampleCount: 50,
      }),
    });
    return device.participate('mean');
  }),
);
console.log(outcomes.map(({ kind }) => kind)); // [ 'accepted', 'accepted', 'accepted' ]

const result = await operator.waitForRound('mean', round);
const { version, weights } = await operator.weights('mean');
console.log(result.kind, version, weights['w']?.data); // published 1 Float32Array(2) [ 3, 1 ]

await close();
