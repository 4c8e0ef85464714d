import { randomBytes } from 'node:crypto';
import { Federation } from '@tributary/client';
import { deployFederation, startIdentityProvider } from '@tributary/infra-test';

const aws = (name: string): string => process.env[`AWS_${name}`] ?? '';
const keys = { accessKeyId: aws('ACCESS_KEY_ID'), secretAccessKey: aws('SECRET_ACCESS_KEY') };
const cloud = { endpoint: aws('ENDPOINT_URL'), region: aws('REGION'), credentials: keys };
const { token, issuer, audience, jwksUrl } = await startIdentityProvider();
const settings = { cloud, issuer, audience, jwksUrl, secret: randomBytes(32).toString('hex') };
const { coordinatorFunction: name, coordinatorUrl: url } = await deployFederation(settings);

const operator = new Federation({ coordinatorFunction: name });
console.log(await operator.models(), await token({ subject: 'ada' }));
console.log(`npx tributary init --coordinator-function ${name} --coordinator-url ${url}`);
