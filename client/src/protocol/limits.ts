/**
 * Every bound the protocol sets, each with its reason. Units are in the names; `Max` and `Min` are
 * inclusive.
 */

/** Version of every JSON object and body; readers refuse a newer one. */
export const SCHEMA_VERSION: 1 = 1;

/** Version of the update file's metadata; part of the file, checked by the aggregator. */
export const UPDATE_FORMAT_VERSION = '1';

/** Version of a version file's metadata. */
export const VERSION_FORMAT_VERSION = '1';

/** Version of a state file's metadata. */
export const STATE_FORMAT_VERSION = '1';

/** Version of a partial file's metadata; 1 had no witnesses. */
export const PARTIAL_FORMAT_VERSION = '2';

/** Version of an object file's metadata. */
export const OBJECT_FORMAT_VERSION = '1';

/** Longest model name: S3 keys end at 1,024 bytes and a key holds the name once. */
export const MODEL_NAME_LENGTH_MAX = 64;

/** Largest safetensors header read from anybody: 8 MiB holds 60,000 tensors; the reference parser's 100 MB would let a header alone exhaust a small function. */
export const HEADER_BYTES_MAX: number = 8 * 1024 * 1024;

/** Most tensors of one model: far above the largest published models, low enough to loop over. */
export const TENSOR_COUNT_MAX = 10_000;

/** Longest tensor name in bytes of UTF-8; published models stay below 200. */
export const TENSOR_NAME_BYTES_MAX = 512;

/** Highest rank: tfjs stops at 6, safetensors itself sets none. */
export const TENSOR_RANK_MAX = 8;

/**
 * Largest plan as JSON: tensors' names and shapes with the topology of the largest published models stay
 * below it. Every check-in answers the plan, as a string in JSON, which may double it: a third of the
 * 6 MB that Lambda answers with, and 64 s on a line of 16 KiB a second.
 */
export const PLAN_BYTES_MAX: number = 1024 * 1024;

/** Most bytes of the metadata an update may carry; its numbers and metrics need a tenth of it. */
export const UPDATE_METADATA_BYTES_MAX: number = 16 * 1024;

/** Most bytes of a partial's length and header together: 2,000 exclusions of 150 bytes each, escaped, and as much again. */
export const PARTIAL_HEADER_BYTES_MAX: number = 512 * 1024;

/** Sums that share a witness: four blocks of updates this long fill 1 MiB, a server core's second-level cache. */
export const PARTIAL_BLOCK_ELEMENTS: number = 65_536;

/** Largest single S3 PUT, 5 GiB, which presigned single-part uploads can't exceed (S3 user guide, "Uploading objects"). */
export const OBJECT_BYTES_MAX: number = 5 * 1024 ** 3;

/** Most elements of one model while a fold holds its sums in one WebAssembly memory: 8 bytes each within 4 GiB, a quarter left for blocks. */
export const MODEL_ELEMENTS_MAX: number = 384 * 1024 * 1024;

/** Largest weight of one member: the product of a 24-bit mantissa and a 24-bit weight is exact in f64. */
export const MEMBER_WEIGHT_MAX: number = 2 ** 24;

/** Largest Σ weight: every integer up to 2^53 is a double. */
export const TOTAL_WEIGHT_MAX: number = 2 ** 53;

/** Largest example count a device may state; above it a decimal no longer is one double. */
export const EXAMPLE_COUNT_MAX: number = Number.MAX_SAFE_INTEGER;

/** Smallest b in |delta| < 2^b: below it float32 deltas of real optimisers would all be out of bounds. */
export const DELTA_BOUND_LOG2_MIN = -20;

/** Largest b in |delta| < 2^b: wider than any optimiser's step, narrow enough for f64 scales. */
export const DELTA_BOUND_LOG2_MAX = 20;

/** Largest exponent of a statistic's bound: variances of values up to 4·10^9. */
export const STATISTIC_BOUND_LOG2_MAX = 64;

/** Fewest bits between the delta bound and the sum's last bit: coarser sums lose what a device learnt. */
export const RESOLUTION_BITS_MIN = 16;

/** Most members of one round while one group serves it: its seals' headers are read one by one. */
export const COHORT_MAX = 100_000;

/** Most entries of one seal: about 1 MB of JSON, and 2,000 headers read well within one invocation. */
export const SEAL_ENTRIES_MAX = 2_000;

/** Most rejected updates a result lists by device: 140 KB at most, while a round may have 100,000; it counts them all. */
export const REJECTIONS_LISTED_MAX = 1_000;

/** Rejections that a result lists with their detail, the first by device; seals have all of their own. */
export const REJECTION_DETAILS_LISTED_MAX = 100;

/** Longest sentence about a rejected update: a message with two quoted names of 80 units fits. */
export const REJECTION_MESSAGE_LENGTH_MAX = 500;

/** Longest tensor name, expectation or finding in the detail of a rejection. */
export const REJECTION_TEXT_LENGTH_MAX = 128;

/** Most metrics an update may report: a seal repeats them for each of 2,000 members. A result has as many. */
export const METRIC_COUNT_MAX = 16;

/** Longest name of a metric; 16 of them and their numbers fit an update's metadata. */
export const METRIC_NAME_LENGTH_MAX = 64;

/** Shortest collection time: a round trip through the queue. */
export const DEADLINE_SECONDS_MIN = 1;

/** Longest collection time: a week on batteries. */
export const DEADLINE_SECONDS_MAX: number = 7 * 24 * 3600;

/** Time a closed round has to be folded and published before the sweep aborts it as stalled. */
export const ABANDON_AFTER_SECONDS_DEFAULT = 3_600;

/** Life of a slot's URL: a phone on a slow uplink needs minutes; a leaked URL should not last. */
export const SLOT_SECONDS = 900;

/** Life of a weights URL. */
export const DOWNLOAD_SECONDS = 900;

/** Largest JSON body the coordinator reads; a slot request is 300 bytes, plans come by invocation. */
export const REQUEST_BODY_BYTES_MAX: number = 64 * 1024;

/** Longest delay SQS keeps a message (SQS quotas). */
export const QUEUE_DELAY_SECONDS_MAX = 900;

/** Most commands of one batch: a long training loop unrolled, and a status each fits the answer. */
export const COMMANDS_PER_BATCH_MAX = 2_000;

/** Largest batch and largest answer as JSON: Lambda takes and gives 6 MB, and frames need their share. */
export const BATCH_BYTES_MAX = 5_000_000;

/** Most JSON values in one batch: each takes two bytes at least, so no batch that fits has more. */
export const BATCH_VALUES_MAX: number = BATCH_BYTES_MAX / 2;

/** Deepest nesting of a batch: gradients within a plan and the values of their attributes take 20. */
export const BATCH_DEPTH_MAX = 32;

/** Deepest nesting of an attribute: a tensor of the highest rank, and one level to spare. */
export const ATTRIBUTE_DEPTH_MAX = 8;

/** Highest rank of a worker's tensors: TensorFlow.js has operations up to it. */
export const REMOTE_RANK_MAX = 6;

/** Most elements of a worker's tensor: 128 MiB as float32, a presigned PUT of seconds. */
export const TENSOR_ELEMENTS_MAX: number = 2 ** 25;

/** Most elements that a batch holds at one time: 512 MiB as float32, a quarter of a worker's memory. */
export const BATCH_ELEMENTS_MAX: number = 2 ** 27;

/** Most tensors that one command makes: `unstack` of a long batch of examples. */
export const RESULTS_MAX = 1_024;

/** Most arguments of one command, lists counted by element: as many as it may make, and some more. */
export const ARGUMENTS_MAX = 2_048;

/** Most gradients within gradients in a static plan: TensorFlow.js has third derivatives of few operations. */
export const PLAN_DEPTH_MAX = 3;

/** Most tags of an object; listings repeat them. */
export const TAG_COUNT_MAX = 16;

/** Longest tag, in characters. */
export const TAG_LENGTH_MAX = 64;

/** Longest description of an object, in characters; listings repeat it. */
export const DESCRIPTION_LENGTH_MAX = 1_000;

/** Most terms of one search: an object has no more tags. */
export const QUERY_TERMS_MAX = 16;

/** Most users whom one owner lets read an object: they are part of each object computed from it. */
export const ALLOW_COUNT_MAX = 64;

/** Longest name of a user: email addresses stay below it (RFC 5321, 4.5.3.1). */
export const USER_NAME_LENGTH_MAX = 320;

/** Most owners' conditions on one object: a sum over as many people's private tensors. */
export const RESTRICTIONS_MAX = 256;

/** Most bytes of an object file's header: 256 owners who let 64 users read each, escaped as a string, and as much again. */
export const OBJECT_HEADER_BYTES_MAX: number = 2 * 1024 * 1024;

/** Objects of one page of a listing: 2 KB each, well within an answer. */
export const LIST_PAGE_MAX = 500;

/** Life of an object that nobody uses; using it begins the time anew. */
export const OBJECT_LEASE_SECONDS: number = 14 * 24 * 3600;

/** Life of a deleted object's tombstone: longer than any retry of what made the object. */
export const TOMBSTONE_SECONDS: number = 24 * 3600;

/**
 * Largest tombstone. Every other file of a worker's objects is larger, so that listings and lifecycle
 * rules tell them apart by their sizes.
 */
export const TOMBSTONE_BYTES_MAX = 256;
