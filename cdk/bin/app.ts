import { App, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { FederationStack } from '../src/federation-stack.ts';

const app = new App();
const context = (name: string): string | undefined => app.node.tryGetContext(name);
new FederationStack(app, context('name') ?? 'tributary', {
  federation: {
    issuer: context('issuer') ?? 'https://issuer.example.com/',
    audience: context('audience') ?? 'devices',
    jwksUri: context('jwksUri') ?? 'https://issuer.example.com/.well-known/jwks.json',
    allowedOrigins: context('allowedOrigins')?.split(',') ?? [],
    removalPolicy:
      context('removalPolicy') === 'destroy' ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN,
    tlsOnly: context('tlsOnly') !== 'false',
    aggregator: {
      sweepPatience: Duration.seconds(Number(context('sweepPatienceSeconds') ?? 30)),
    },
  },
});
