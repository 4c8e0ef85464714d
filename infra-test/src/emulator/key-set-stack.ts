/** Answers whoever asks with the key set; a public document, so it needs no leave. */
const CODE = `exports.handler = async () => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: process.env.KEY_SET,
});`;

/** Template of a function that serves a key set at a URL, which its output `Url` names. */
export function keySetStack(keySet: string): unknown {
  const resources = {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: TRUST } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Runtime: 'nodejs22.x', Handler: 'index.handler', Code: { ZipFile: CODE } },
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Environment: { Variables: { KEY_SET: keySet } },
      },
    },
    Url: {
      Type: 'AWS::Lambda::Url',
      Properties: { AuthType: 'NONE', TargetFunctionArn: FUNCTION },
    },
    MayCallUrl: permission('lambda:InvokeFunctionUrl', { FunctionUrlAuthType: 'NONE' }),
    MayInvoke: permission('lambda:InvokeFunction', { InvokedViaFunctionUrl: true }),
  };
  return {
    Resources: resources,
    Outputs: { Url: { Value: { 'Fn::GetAtt': ['Url', 'FunctionUrl'] } } },
  };
}

const FUNCTION = { Ref: 'Function' };

const TRUST = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};

/** @see https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html: both permissions are needed */
function permission(Action: string, condition: Readonly<Record<string, unknown>>): unknown {
  return {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName: FUNCTION, Action, Principal: '*', ...condition },
  };
}
