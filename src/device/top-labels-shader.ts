import type { LabelsPlan } from './finish-plan.ts';
import type { FloatType } from './model-output.ts';
import { laneReduction, shaderHead } from './shader-parts.ts';

/**
 * One compute pass from logits to the best labels, one workgroup a row:
 *
 * - hidden: `[rows, width]`, the logits;
 * - result: a row `count` label indices, best first, then as many scores as float32; behind all rows one word of flags each.
 *
 * Each round finds the label that comes next: less than the last one, or equal to it with a higher index. So ties go by the
 * index, and nothing has to be marked as taken. Labels are ordered by their logits: scores may round to the same value.
 */
export function topLabelsShader({ count, activation }: LabelsPlan, type: FloatType): string {
  return /* wgsl */ `
${shaderHead(type)}
const count = ${count}u;
const row_words = ${2 * count}u;

struct Label { logit: f32, index: u32 }

// An index of shape.width stands for no label.
var<workgroup> labels: array<Label, lanes>;

fn better(a: Label, b: Label) -> bool {
  if (a.index == shape.width || b.index == shape.width) { return a.index < b.index; }
  return a.logit > b.logit || (a.logit == b.logit && a.index < b.index);
}

fn best_of_lanes(lane: u32, label: Label) -> Label {
  labels[lane] = label;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half && better(labels[lane + half], labels[lane])) { labels[lane] = labels[lane + half]; }
    workgroupBarrier();
  }
  let best = labels[0];
  workgroupBarrier();
  return best;
}

fn next_label(start: u32, lane: u32, rank: u32, last: Label) -> Label {
  var best = Label(0.0, shape.width);
  for (var index = lane; index < shape.width; index += lanes) {
    let label = Label(load(start + index), index);
    if ((rank == 0u || better(last, label)) && better(label, best)) { best = label; }
  }
  return best_of_lanes(lane, best);
}

fn finish_row(row: u32, lane: u32) {
  let start = row * shape.width;
  let to = row * row_words;
  var last = Label(0.0, shape.width);
  var peak = 0.0;
  for (var rank = 0u; rank < count; rank++) {
    last = next_label(start, lane, rank, last);
    if (rank == 0u) { peak = last.logit; }
    // The lane that makes a score of the logit below.
    if (lane == rank % lanes) {
      result[to + rank] = last.index;
      result[to + count + rank] = bitcast<u32>(last.logit);
    }
  }
${activation === 'softmax' ? sumOfPowers : ''}
  for (var rank = lane; rank < count; rank += lanes) {
    let logit = bitcast<f32>(result[to + count + rank]);
    let score = ${scores[activation]};
    result[to + count + rank] = bitcast<u32>(score);
  }
}

// Below this, e to the power is no normal float32; and the difference of two finite floats need not be finite.
fn power(logit: f32, peak: f32) -> f32 {
  return exp(max(logit - peak, -100.0));
}

fn sigmoid(logit: f32) -> f32 {
  let power_of_minus = power(-abs(logit), 0.0);
  return select(power_of_minus, 1.0, logit >= 0.0) / (1.0 + power_of_minus);
}
${activation === 'softmax' ? laneReduction('sum') : ''}`;
}

const sumOfPowers = /* wgsl */ `
  var lane_sum = 0.0;
  for (var index = lane; index < shape.width; index += lanes) {
    lane_sum += power(load(start + index), peak);
  }
  let sum = sum_of_lanes(lane, lane_sum);`;

const scores = {
  softmax: 'power(logit, peak) / sum',
  sigmoid: 'sigmoid(logit)',
  none: 'logit',
} as const satisfies Record<LabelsPlan['activation'], string>;
