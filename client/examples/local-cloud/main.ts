import { randomBytes } from 'node:crypto';
import { Federation } from '@tributary/client';
import { deployFederation, startIdentityProvider } from '@tributary/infra-test';

const { AWS_ENDPOINT_URL: endpoint = '', AWS_REGION: region = '' } = process.env;
const { AWS_ACCESS_KEY_ID: accessKeyId = '', AWS_SECRET_ACCESS_KEY: secretAccessKey = '' } =
  process.env;
const cloud = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
const { issuer, audience, jwksUrl, token } = await startIdentityProvider();
const secret = randomBytes(32).toString('hex');
const federation = await deployFederation({ cloud, issuer, audience, jwksUrl, secret });
const { coordinatorFunction, coordinatorUrl } = federation;

const operator = new Federation({ coordinatorFunction });
console.log(await operator.models(), await token({ subject: 'ada' }));
console.log(
  `npx tributary init --coordinator-function ${coordinatorFunction} --coordinator-url ${coordinatorUrl}`,
);
