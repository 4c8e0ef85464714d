/**
 * Rows that MiniStack answers otherwise than AWS documents: what it does; then what AWS does, and
 * which page of its documentation says so. Seen with the version that `emulator/requirements.txt` pins.
 */
import { LAMBDA_SKIPS } from './ministack-lambda-skips.ts';

const CHECKSUMS =
  'verifies the checksum but neither answers nor keeps it; AWS does both (Amazon S3 API Reference, PutObject: response headers; GetObject: ChecksumMode)';
const RANGE =
  'answers 416; AWS ignores what is no range (RFC 9110, section 14.2, to which Amazon S3 API Reference, GetObject: Range refers)';
const SCHEDULE =
  'accepts it; AWS refuses it (Amazon EventBridge Scheduler User Guide, "Schedule types": rate-based schedules)';

export const MINISTACK_SKIPS: Readonly<Record<string, string>> = {
  ...LAMBDA_SKIPS,
  's3-checksums > ChecksumCRC32 is verified, echoed, kept and told': CHECKSUMS,
  's3-checksums > ChecksumCRC32C is verified, echoed, kept and told': CHECKSUMS,
  's3-checksums > ChecksumSHA1 is verified, echoed, kept and told': CHECKSUMS,
  's3-checksums > ChecksumSHA256 is verified, echoed, kept and told': CHECKSUMS,
  's3-checksums > a streamed body carries its checksum behind it': CHECKSUMS,
  's3-checksums > a checksum that is none is refused':
    'answers BadDigest; AWS answers InvalidRequest (Amazon S3 User Guide, "Checking object integrity")',
  's3-cors > a rule with a method that S3 lacks is refused':
    'accepts it; AWS refuses it (Amazon S3 API Reference, CORSRule: AllowedMethods)',
  's3-listing > 1,001 keys take two pages, even when more are asked for':
    'gives as many as are asked for; AWS gives 1,000 at most (Amazon S3 API Reference, ListObjectsV2: MaxKeys)',
  's3-listing > an invented continuation token is refused':
    'begins at the first key; AWS answers InvalidArgument (Amazon S3 API Reference, ListObjectsV2: ContinuationToken)',
  's3-notifications > a queue that does not exist and overlapping filters are refused':
    'accepts overlapping filters; AWS refuses them (Amazon S3 User Guide, "Configuring event notifications using object key name filtering")',
  's3-objects > a key of 1,025 bytes is refused':
    'accepts it; AWS has keys of 1,024 bytes at most (Amazon S3 User Guide, "Naming Amazon S3 objects")',
  's3-presigned > a presigned URL is good for what it says, and for nothing else > with a header nobody signed it is refused':
    'accepts it; AWS demands that every x-amz- header is signed (AWS Identity and Access Management User Guide, "Elements of an AWS API request signature")',
  's3-presigned > a presigned PUT that binds no length > still needs one':
    'accepts a body without a length; AWS answers 411 (Amazon S3 API Reference, "Error responses": MissingContentLength)',
  's3-presigned > a presigned PUT that binds no length > is refused above 5 GiB before the bytes are sent':
    'waits for the body; AWS refuses by the length alone (Amazon S3 User Guide, "Uploading objects": 5 GB in one PUT)',
  's3-ranges > "bytes=" is no range, so the whole object comes': RANGE,
  's3-ranges > "bytes=5-2" is no range, so the whole object comes': RANGE,
  's3-ranges > "items=0-1" is no range, so the whole object comes': RANGE,
  's3-ranges > "nonsense" is no range, so the whole object comes': RANGE,
  's3-ranges > HEAD understands ranges':
    'ignores the range; AWS answers 206 with its length (Amazon S3 API Reference, HeadObject: Range)',
  'scheduler > Scheduler > F17: refuses rate(1 minutes)': SCHEDULE,
  'scheduler > Scheduler > F17: refuses rate(2 minute)': SCHEDULE,
  'scheduler > Scheduler > F17: refuses rate(30 seconds)': SCHEDULE,
  'scheduler > Scheduler > F17: refuses rate(90 seconds)': SCHEDULE,
  'scheduler > Scheduler > F17: refuses soon': SCHEDULE,
  'scheduler > Scheduler > invokes its function with its input when the time comes':
    'invokes it past its reserved concurrency, in a process that the test can’t ask; AWS keeps to it (AWS Lambda Developer Guide, "Configuring reserved concurrency for a function")',
  'sqs > SQS queues > refuse a dead-letter queue that does not exist, and attributes out of range':
    'answers InvalidAttributeValue; AWS answers InvalidParameterValue (Amazon SQS API Reference, CreateQueue: Errors)',
  'sqs > SQS messages > stay away for their delay, which has a bound':
    'accepts a delay of 901 seconds; AWS allows 900 (Amazon SQS API Reference, SendMessage: DelaySeconds)',
};
