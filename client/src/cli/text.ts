/** How results look to a person; every command's text is made here. */
import type { StepProgress, WaitingProgress } from '../device/progress.ts';
import type {
  ModelStatus,
  PublishedResult,
  ResultObject,
  RoundStatus,
  RoundSummary,
  TensorSpec,
  TrainingMetric,
  TrainingPlan,
} from '../protocol/index.ts';
import { layOutModel, layOutUpdate } from '../protocol/index.ts';
import { oneLine } from './terminal-text.ts';

/** Rows of a label and its value, the values below each other. */
export function fieldsText(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${oneLine(value)}`).join('\n');
}

/** A table with a heading; columns as wide as their widest cell. */
export function tableText(
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const lines = [heading, ...rows.map((row) => row.map(oneLine))];
  const widths = heading.map((_, column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A time, milliseconds since the epoch, to the second. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** A number of bytes. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

/** How far a phase is. */
export function stepText({ done, total, unit }: StepProgress): string {
  if (unit === 'byte') return `${bytesText(done)} of ${bytesText(total)}`;
  if (unit === 'answer') return 'waiting for the round to end';
  return `${unit} ${done} of ${total}`;
}

/** Why an operation waits, and how long. */
export function waitingText({ done, reason, retryAt }: WaitingProgress, now: number): string {
  const seconds = Math.max(1, Math.ceil((retryAt - now) / 1000));
  return `Attempt ${done} failed, the next is in ${seconds} s: ${reason}`;
}

/** One model. */
export function modelText(status: ModelStatus): string {
  const { model, version, round, openRound, plan } = status;
  const { update, strategy } = plan;
  return fieldsText([
    ['Model', model],
    ['Version', `${version}, after ${round === 0 ? 'no round' : `round ${round}`}`],
    ['Open round', openRound === null ? 'none' : openRoundText(openRound)],
    ['Tensors', `${rolesText(plan.tensors)}, ${sizeText(plan)}`],
    ['Strategy', [strategy.name, ...pairs(strategy.options)].join(' ')],
    ['Updates', pairs(update).join(' ')],
    ['Training', pairs(plan.training).join(' ') || 'nothing stated'],
  ]);
}

/** How large a model is and, where it has frozen tensors, what of it an update holds. */
function sizeText(plan: TrainingPlan): string {
  const model = layOutModel(plan).elementCount;
  const update = layOutUpdate(plan).elementCount;
  const size = `${countText(model, 'element')}, ${bytesText(4 * model)}`;
  return update === model
    ? size
    : `${size}; an update holds ${update} of them, ${bytesText(4 * update)}`;
}

/** How many tensors there are of each role, such as `4 tensors (2 trained, 2 statistic)`. */
export function rolesText(tensors: readonly Pick<TensorSpec, 'role'>[]): string {
  const counts = new Map<string, number>();
  for (const { role } of tensors) counts.set(role, (counts.get(role) ?? 0) + 1);
  const roles = [...counts].map(([role, count]) => `${count} ${role}`).join(', ');
  return `${countText(tensors.length, 'tensor')} (${roles})`;
}

/** A count with its noun, such as `1 tensor` or `2 tensors`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** All models, one a line. */
export function statusText(
  models: readonly Pick<ModelStatus, 'model' | 'version' | 'openRound'>[],
): string {
  if (models.length === 0) return 'No models yet; create one with npx tributary model create';
  return tableText(
    ['MODEL', 'VERSION', 'OPEN ROUND'],
    models.map(({ model, version, openRound }) => [
      model,
      String(version),
      openRound === null ? 'none' : openRoundText(openRound),
    ]),
  );
}

function openRoundText({ round, phase, deadlineAt, remaining }: RoundStatus): string {
  const following =
    remaining === 'continuous' ? ', continuous' : remaining > 0 ? `, ${remaining} to follow` : '';
  return `${round}, ${phase}, until ${timeText(deadlineAt)}${following}`;
}

/** One round. */
export function roundText(status: RoundStatus): string {
  const { model, round, phase, baseVersion, settings, closed, result } = status;
  const lines = fieldsText([
    ['Round', `${round} of model ${model}`],
    ['Phase', phase],
    ['Base', `version ${baseVersion}`],
    ['Opened', timeText(status.openedAt)],
    ['Deadline', timeText(status.deadlineAt)],
    ['Settings', pairs(settings).join(' ')],
    ['Closed', closed === null ? 'not yet' : `${timeText(closed.closedAt)} by ${closed.reason}`],
  ]);
  return result === null ? lines : `${lines}\n\n${resultText(result)}`;
}

/** Rounds of one model, one a line. */
export function roundsText(rounds: readonly RoundSummary[]): string {
  if (rounds.length === 0) return 'No rounds yet; start one with npx tributary round start';
  return tableText(
    ['ROUND', 'PHASE', 'VERSION', 'REASON'],
    rounds.map(({ round, phase, version, reason }) => [
      String(round),
      phase,
      version === null ? '' : String(version),
      reason ?? '',
    ]),
  );
}

/** How a round ended. */
export function resultText(result: ResultObject): string {
  const { round, model, version, rejectedCounts } = result;
  const rejections: readonly [string, string] = ['Rejected', tallyText(rejectedCounts)];
  const reasons = reasonsText(result.rejected);
  if (result.kind === 'aborted') {
    const heading = `Round ${round} of model ${model} was aborted (${result.reason}); the model stays at version ${version}`;
    return `${heading}\n${fieldsText([['Because', result.message], rejections])}${reasons}`;
  }
  return `Round ${round} of model ${model} published version ${version}\n${fieldsText([
    [
      'Included',
      `${countText(result.included, 'update')}; ${countText(result.exampleCount, 'example')}, as devices state them up to the plan's cap`,
    ],
    ['Surplus', String(result.surplus)],
    rejections,
    ['Training', trainingText(result)],
  ])}${reasons}`;
}

/** Rejected updates shown with their reason; `--json` shows all that the result has. */
const REASONS_SHOWN_MAX = 10;

/** Why updates were rejected, a line each; empty where no reason is known. */
function reasonsText(rejected: ResultObject['rejected']): string {
  const lines = rejected.flatMap(({ device, code, detail }) =>
    detail === undefined ? [] : [`  ${device}  ${code}: ${oneLine(detail.message)}`],
  );
  const more = lines.length - REASONS_SHOWN_MAX;
  const shown = [
    ...lines.slice(0, REASONS_SHOWN_MAX),
    ...(more > 0 ? [`  … and ${more} more; see --json`] : []),
  ];
  return shown.length === 0 ? '' : `\n\nRejected updates\n${shown.join('\n')}`;
}

/** What devices say of their own training; nothing here is measured on the published version. */
function trainingText({ trainingMetrics, included }: PublishedResult): string {
  const metrics = Object.entries(trainingMetrics).map(([name, metric]) =>
    trainingMetricText(name, metric, included),
  );
  if (metrics.length === 0) return 'no device reports a metric of its training';
  return `${metrics.join('; ')} (of devices on their own data, before averaging)`;
}

/** Such as `loss 0.25 (0.2 to 0.31, 19 of 20 devices)`. */
function trainingMetricText(name: string, metric: TrainingMetric, included: number): string {
  const { mean, min, max, devices } = metric;
  if (min === null || max === null || devices === null) return `${name} ${numberText(mean)}`;
  const range = `${numberText(min)} to ${numberText(max)}`;
  return `${name} ${numberText(mean)} (${range}, ${devices} of ${included} devices)`;
}

function numberText(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** How many of each code, such as `3 (2 not-finite, 1 wrong-shape)`. */
function tallyText(counts: ResultObject['rejectedCounts']): string {
  const parts = Object.entries(counts).map(([code, count]) => `${count} ${code}`);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return parts.length === 0 ? '0' : `${total} (${parts.join(', ')})`;
}

function pairs(members: object): string[] {
  return Object.entries(members).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
}
