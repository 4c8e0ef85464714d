const PARTIAL_REPORT =
  'takes it for a complete success; AWS takes the whole batch back (AWS Lambda Developer Guide, "Handling errors for an SQS event source in Lambda": success and failure conditions)';
const create = (what: string, allowed: string): string =>
  `accepts ${what}; AWS ${allowed} (AWS Lambda API Reference, CreateFunction)`;
const mapping = (what: string, allowed: string): string =>
  `accepts ${what}; AWS ${allowed} (AWS Lambda API Reference, CreateEventSourceMapping)`;

/** Rows of Lambda that MiniStack answers otherwise than AWS documents. */
export const LAMBDA_SKIPS: Readonly<Record<string, string>> = {
  'lambda-functions > Lambda functions > are refused with a timeout of 901 s': create(
    '901 seconds',
    'allows 900',
  ),
  'lambda-functions > Lambda functions > are refused with a memory of 127 MB': create(
    '127 MB',
    'demands 128',
  ),
  'lambda-functions > Lambda functions > are refused with a reserved variable':
    'accepts it; AWS refuses it (AWS Lambda Developer Guide, "Working with Lambda environment variables": defined runtime environment variables)',
  'lambda-functions > Lambda functions > are refused with more than 4 KB of variables':
    'accepts them; AWS allows 4 KB (AWS Lambda Developer Guide, "Lambda quotas")',
  'lambda-functions > Lambda functions > reserve concurrency, as far as the account has it':
    'reserves whatever is asked for; AWS leaves 100 unreserved (AWS Lambda Developer Guide, "Configuring reserved concurrency for a function")',
  'lambda-functions > Lambda event source mappings > are refused where messages would come back before the function must have ended':
    mapping(
      'a visibility timeout below the function’s timeout',
      'answers InvalidParameterValueException',
    ),
  'lambda-functions > Lambda event source mappings > are refused with a batch above ten without a window':
    mapping('it', 'demands MaximumBatchingWindowInSeconds of at least 1'),
  'lambda-functions > Lambda event source mappings > are refused with a batch above 10,000':
    mapping('it', 'allows 10,000'),
  'lambda-functions > Lambda event source mappings > are refused with a window above 300 s':
    mapping('it', 'allows 300'),
  'lambda-functions > Lambda event source mappings > are refused with a queue that does not exist':
    mapping('it', 'answers InvalidParameterValueException'),
  'lambda-functions > Lambda event source mappings > are refused twice for the same queue and function':
    mapping('a second one', 'answers ResourceConflictException'),
  'lambda-invoke > Lambda invocations > give the log’s tail when asked':
    'gives what was printed, without the lines START, END and REPORT; AWS gives the last 4 KB of the log (AWS Lambda API Reference, Invoke: LogType)',
  'lambda-invoke > Lambda invocations > report what the handler throws':
    'reports it otherwise than with errorType, errorMessage and trace, as AWS does (AWS Lambda Developer Guide, "Building Lambda functions with Node.js": errors)',
  'lambda-invoke > Lambda invocations > are tried three times as events, and answer before they run':
    'ends the process with each throw, so a count kept in it begins anew; AWS keeps it (AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle")',
  'lambda-invoke > Lambda invocations > are refused with too large events, of 6 MB synchronous and 1 MB asynchronous':
    'accepts larger ones; AWS does not (AWS Lambda Developer Guide, "Lambda quotas": invocation payload)',
  'lambda-invoke > Lambda invocations > are refused with events that are no JSON, and of functions that do not exist':
    'takes what is no JSON as a string; AWS answers InvalidRequestContentException (AWS Lambda API Reference, Invoke: Errors)',
  'lambda-sqs > Lambda on SQS > F15: takes the whole batch back for batchItemFailures: [{ itemIdentifier: "" }]':
    PARTIAL_REPORT,
  'lambda-sqs > Lambda on SQS > F15: takes the whole batch back for batchItemFailures: [{ itemIdentifier: null }]':
    PARTIAL_REPORT,
  'lambda-sqs > Lambda on SQS > F15: takes the whole batch back for batchItemFailures: [{ itemIdentifier: "unknown" }]':
    PARTIAL_REPORT,
  'lambda-sqs > Lambda on SQS > F15: takes the whole batch back for batchItemFailures: [{ itemidentifier: Records[0].messageId }]':
    PARTIAL_REPORT,
  'lambda-url > Lambda function URLs > take cookies and the query as sent, and set several cookies':
    'hands over no cookies; AWS does (AWS Lambda Developer Guide, "Invoking Lambda function URLs": request payload)',
  'lambda-url > Lambda function URLs > answer 502 and no detail when the function throws':
    'answers the error; AWS answers 502 without it (AWS Lambda Developer Guide, "Invoking Lambda function URLs": response payload)',
  'lambda-url > Lambda function URLs > answer 502 and no detail when the function answers nonsense':
    'answers 200; AWS answers 502 (AWS Lambda Developer Guide, "Invoking Lambda function URLs": response payload)',
};
