"use strict";
// The page's program. Before it stand PAIRS and FAMILY, code that SymPy printed from the formulas of the config, and the
// JSON of `duality.explorer.content.Content`. What is computed here is what duality/jacobian/duality.py computes; a test
// compares the two.

const CONTENT = JSON.parse(document.getElementById("content").textContent);
const SIGNS = { negative: -1, positive: 1 }; // of a fluctuation: the sign of ḃ
const REACH = 7; // standard deviations of x1: beyond lies a probability of 3·10⁻¹²
const GRID = 2048;
const SAMPLES = 32768; // of the class that is shown
const BINS_PER_DECADE = 10; // and as many times more as it takes for
const FEWEST_BINS = 20; // where kicks differ little
const RARE = 2e-4; // share of the sampled fluctuations that may be smaller than what is drawn

// ---------------------------------------------------------------------------------------------------- functions

/** erfc(u): by the series of erf where that loses no digits, else by its continued fraction (DLMF 7.6.2, 7.9.3). */
function erfc(u) {
  if (u < 0) return 2 - erfc(-u);
  if (u < 1.5) return 1 - erf(u);
  const tiny = 1e-300, x = u * u;
  let b = x + 0.5, c = 1 / tiny, d = 1 / b, fraction = d;
  for (let n = 1; n < 200; n++) {
    const a = -n * (n - 0.5);
    b += 2;
    d = 1 / (a * d + b);
    c = b + a / c;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return u * fraction * Math.exp(-x) / Math.sqrt(Math.PI);
}

function erf(u) {
  if (Math.abs(u) >= 1.5) return Math.sign(u) * (1 - erfc(Math.abs(u)));
  let term = u, sum = u;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(sum); n++) {
    term *= 2 * u * u / (2 * n + 1);
    sum += term;
  }
  return 2 / Math.sqrt(Math.PI) * Math.exp(-u * u) * sum;
}

const onePlusErf = u => erfc(-u);
const onePlusTanh = u => 2 / (1 + Math.exp(-2 * u));

/** The distance from a number to the next one. */
function spacing(value) {
  const size = Math.abs(value);
  return size < 2.3e-308 ? 5e-324 : 2 ** (Math.floor(Math.log2(size)) - 52);
}

/** The ends, one double apart, between which a condition ceases to hold. */
function bisect(isLeft, left, right) {
  for (let step = 0; step < 80; step++) {
    const middle = 0.5 * (left + right);
    if (middle === left || middle === right) break;
    if (isLeft(middle)) left = middle; else right = middle;
  }
  return [left, right];
}

/** Standard normal numbers by Box and Muller, from the generator mulberry32 of a seed: the same each time. */
function normals(seed, size) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = state;
    bits = Math.imul(bits ^ (bits >>> 15), bits | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  const values = new Float64Array(size);
  for (let i = 0; i < size; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(uniform())), angle = 2 * Math.PI * uniform();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

// ---------------------------------------------------------------------------------------------------- the duality

/** h, h′, h″ and the number of the smooth piece of one class, as functions of y. */
function modelOf(state, label) {
  const parts = ["h", "dh", "d2h", "piece"];
  if (state.mode === "design") {
    const family = CONTENT.family, d = 1 - state.k;
    const code = FAMILY[2 * Math.abs(d) < family.nearest ? "at" : d > 0 ? "below" : "above"];
    return Object.fromEntries(parts.map(part => [part, y => code[part][label](y, d, state.cap)]));
  }
  const code = PAIRS[pairIndex(state.activation, state.loss)];
  return Object.fromEntries(parts.map(part => [part, code[part][label]]));
}

function pairIndex(activation, loss) {
  return CONTENT.pairs.findIndex(pair => pair.activation === activation && pair.loss === loss);
}

/** The map x1 → q̇ of one class at frozen w and b: |q̇| = γ·|h|·√(1 + x1²), signed by ḃ = -γ·h (Eqs. 5.3-5.4). */
class Duality {
  constructor(model, { w, b, gamma, mean, sd }) {
    Object.assign(this, model, { w, b, gamma, mean, sd });
  }

  density(x1) {
    return Math.exp(-0.5 * ((x1 - this.mean) / this.sd) ** 2) / (this.sd * Math.sqrt(2 * Math.PI));
  }

  fluctuation(x1) {
    return -this.gamma * this.h(this.w * x1 + this.b) * Math.sqrt(1 + x1 * x1);
  }

  /** d|q̇|/dx1. */
  jacobian(x1) {
    const y = this.w * x1 + this.b, s = Math.sqrt(1 + x1 * x1), h = this.h(y);
    return this.gamma * Math.sign(h) * (this.w * this.dh(y) * s + h * x1 / s);
  }

  /** d ln|d|q̇|/dx1| / d ln|q̇|: the k for which the Jacobian is locally |q̇|^k. */
  localExponent(x1) {
    const y = this.w * x1 + this.b, s = Math.sqrt(1 + x1 * x1), ds = x1 / s, d2s = 1 / s ** 3;
    const h = this.h(y), dh = this.dh(y);
    const first = this.w * dh * s + h * ds;
    const second = this.w ** 2 * this.d2h(y) * s + 2 * this.w * dh * ds + h * d2s;
    return h * s * second / first ** 2;
  }

  /** The pieces of x1 on which |q̇| is monotone and keeps its sign. */
  get branches() {
    if (this.found) return this.found;
    const low = this.mean - REACH * this.sd, high = this.mean + REACH * this.sd;
    const inner = 4 * this.sd, grid = [];
    for (let i = 0; i <= GRID; i++) {
      grid.push(low + (high - low) * i / GRID, this.mean - inner + 2 * inner * i / GRID);
    }
    grid.sort((one, other) => one - other);
    const edges = [low, high, ...this.corners(low, high)];
    for (const signed of [x1 => this.fluctuation(x1), x1 => this.jacobian(x1)]) {
      let sign = Math.sign(signed(grid[0]));
      for (let i = 1; i < grid.length; i++) {
        const next = Math.sign(signed(grid[i]));
        if (next !== sign) {
          const before = sign;
          const [left, right] = bisect(x1 => Math.sign(signed(x1)) === before, grid[i - 1], grid[i]);
          edges.push(0.5 * (left + right));
        }
        sign = next;
      }
    }
    const inside = edges.filter(edge => edge >= low && edge <= high).sort((one, other) => one - other);
    // By how much of x1 a cut at some y is off, if y changes with x1 at all.
    const varies = this.w * low + this.b !== this.w * high + this.b;
    const scale = varies ? (Math.abs(this.b) + 1) / Math.abs(this.w) : 0;
    this.found = [];
    for (let i = 1; i < inside.length; i++) {
      // A cut is exact to rounding only: what happens within rounding of it belongs to neither side.
      const margin = 8 * spacing(Math.max(Math.abs(inside[i - 1]), Math.abs(inside[i]), scale));
      if (!(inside[i] - inside[i - 1] > 4 * margin)) continue;
      const left = inside[i - 1] + margin, right = inside[i] - margin;
      const sign = Math.sign(this.fluctuation(0.5 * (left + right)));
      const ends = [Math.abs(this.fluctuation(left)), Math.abs(this.fluctuation(right))];
      if (sign && ends[0] !== ends[1]) {
        this.found.push({ left, right, sign, increasing: ends[1] > ends[0], low: Math.min(...ends), high: Math.max(...ends) });
      }
    }
    return this.found;
  }

  /** x1 at which y passes from one smooth piece of H to the next. */
  corners(low, high) {
    if (!this.w) return [];
    const found = [], ends = [this.w * low + this.b, this.w * high + this.b].sort((one, other) => one - other);
    let left = ends[0], number = this.piece(left);
    for (let i = 1; i <= 2 * GRID; i++) {
      const right = ends[0] + (ends[1] - ends[0]) * i / (2 * GRID), next = this.piece(right);
      if (next !== number) {
        const before = number;
        found.push((bisect(y => this.piece(y) === before, left, right)[1] - this.b) / this.w);
      }
      left = right;
      number = next;
    }
    return found;
  }

  /** x1 and ln|q̇| on a branch, in the order of |q̇|: evenly spaced in x1, and ever denser towards its ends. */
  nodes(branch) {
    if (branch.nodes) return branch.nodes;
    const length = branch.right - branch.left, x1 = [];
    for (let i = 0; i <= 200; i++) x1.push(branch.left + length * i / 200);
    for (let i = 0; i < 60; i++) {
      const step = length * 2 ** (-8 - 40 * i / 60);
      x1.push(branch.left + step, branch.right - step);
    }
    x1.sort((one, other) => (branch.increasing ? one - other : other - one));
    let largest = -Infinity;
    const logs = x1.map(at => (largest = Math.max(largest, Math.log(Math.abs(this.fluctuation(at))))));
    branch.nodes = { x1, logs };
    return branch.nodes;
  }

  /** x1 on a branch at which |q̇| has a value: by the Illinois method in ln|q̇|, and where that fails by bisection. */
  preimage(branch, q) {
    const { x1, logs } = this.nodes(branch), wanted = Math.log(q);
    let low = 0, high = logs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (logs[middle] <= wanted) low = middle; else high = middle;
    }
    const ends = [x1[low], x1[high]];
    let a = ends[0], b = ends[1], fa = logs[low] - wanted, fb = logs[high] - wanted;
    if (fa >= 0) return a;
    if (fb <= 0) return b;
    for (let step = 0; step < 24; step++) {
      const x = b - fb * (b - a) / (fb - fa), f = Math.log(Math.abs(this.fluctuation(x))) - wanted;
      if (Math.abs(f) <= 1e-15 * Math.max(Math.abs(wanted), 1) || Math.abs(x - b) <= spacing(x)) return x;
      if (f * fb < 0) { a = b; fa = fb; } else fa *= 0.5;
      b = x;
      fb = f;
    }
    const [left, right] = bisect(x => Math.log(Math.abs(this.fluctuation(x))) < wanted, ...ends);
    return 0.5 * (left + right);
  }

  /** The exact density of |q̇| of one sign: Σ over branches of p(x1)/|dq̇/dx1| (Eq. 3.15). */
  pdf(q, sign) {
    let total = 0;
    for (const branch of this.branches) {
      if (branch.sign === sign && q >= branch.low && q <= branch.high) {
        const x1 = this.preimage(branch, q);
        total += this.density(x1) / Math.abs(this.jacobian(x1));
      }
    }
    return total;
  }

  /** The probability of |q̇| of one sign between two values: that of x1 between their preimages. */
  probability(from, to, sign) {
    const below = x1 => 0.5 * erfc((this.mean - x1) / (this.sd * Math.SQRT2));
    return this.branches.filter(branch => branch.sign === sign).reduce(
      (total, branch) => total + Math.abs(below(this.preimage(branch, to)) - below(this.preimage(branch, from))), 0);
  }
}

/** Histogram of log10|q̇| of sampled x1: [number of the bin, count] in ascending order, and how many have which sign. */
function sampled(duality, sign, standard) {
  const logs = new Float64Array(standard.length);
  let ofSign = 0, dead = 0, lowest = Infinity, highest = -Infinity;
  for (let i = 0; i < standard.length; i++) {
    const signed = sign * duality.fluctuation(duality.mean + duality.sd * standard[i]);
    if (signed > 0) {
      const log = logs[ofSign++] = Math.log10(signed);
      lowest = Math.min(lowest, log);
      highest = Math.max(highest, log);
    } else if (!(signed < 0)) dead++;
  }
  const width = Math.max(highest - lowest, 1e-6); // of what is all the same
  const perDecade = BINS_PER_DECADE * Math.max(1, Math.ceil(FEWEST_BINS / (BINS_PER_DECADE * width)));
  const first = Math.floor(perDecade * lowest), counts = new Int32Array(ofSign && Math.floor(perDecade * highest) - first + 1);
  for (const log of logs.subarray(0, ofSign)) counts[Math.floor(perDecade * log) - first]++;
  const bins = [];
  counts.forEach((count, i) => { if (count) bins.push([first + i, count]); });
  return { bins, perDecade, ofSign, dead, size: standard.length };
}

// ---------------------------------------------------------------------------------------------------- the state

const STANDARD = CONTENT.classes.map((_, label) => normals(2405 + label, SAMPLES));
let state = null;
let start = null; // what "back to the start" restores, with the words for where it comes from

function experimentOf(activation, loss) {
  return CONTENT.experiments.find(one => !one.design && one.activation === activation && one.loss === loss);
}

/** The state in which an experiment is shown first: at its measured equilibrium. Without any, the first composition. */
function stateOf(experiment) {
  const other = CONTENT.pairs.find(pair => !pair.refused);
  if (!experiment) {
    const one = {
      mode: other ? "pair" : "design", activation: other && other.activation, loss: other && other.loss,
      k: 1, cap: CONTENT.family ? CONTENT.family.cap : 1, w: 1, b: 0, gamma: 0.01,
      means: CONTENT.classes.map(it => it.mean), sds: CONTENT.classes.map(it => it.sd),
      class: CONTENT.classes[0].name, sign: "negative",
    };
    const { w = one.w, b = one.b } = startOf(one);
    return { ...one, w, b };
  }
  return {
    mode: experiment.design ? "design" : "pair",
    activation: experiment.design ? other && other.activation : experiment.activation,
    loss: experiment.design ? other && other.loss : experiment.loss,
    k: experiment.design ? experiment.design[0] : 1,
    cap: experiment.design ? experiment.design[1] : CONTENT.family ? CONTENT.family.cap : 1,
    w: experiment.start.w,
    b: experiment.start.b,
    gamma: experiment.gamma,
    means: CONTENT.classes.map(one => one.mean),
    sds: CONTENT.classes.map(one => one.sd),
    class: experiment.class_name,
    sign: experiment.sign,
  };
}

/** Optimum of a designed loss, between those that were computed. */
function designOptimum(k) {
  const optima = CONTENT.family.optima;
  if (!optima.length) return null;
  const next = optima.findIndex(one => one[0] >= k);
  if (next < 0) return { w: optima[optima.length - 1][1], b: optima[optima.length - 1][2] };
  if (next === 0 || optima[next][0] === k) return { w: optima[next][1], b: optima[next][2] };
  const [k0, w0, b0] = optima[next - 1], [k1, w1, b1] = optima[next], share = (k - k0) / (k1 - k0);
  return { w: w0 + share * (w1 - w0), b: b0 + share * (b1 - b0) };
}

/** Where w, b and γ start for the composition of a state, and in words where that comes from. */
function startOf(one) {
  const experiment = one.mode === "design"
    ? CONTENT.experiments.find(it => it.design && it.design[0] === one.k && it.design[1] === one.cap)
    : experimentOf(one.activation, one.loss);
  if (experiment) {
    const { w, b, w_se, b_se } = experiment.start;
    return {
      w, b, gamma: experiment.gamma,
      words: `the equilibrium that this run measured for ${experiment.title}: ` +
        `w = ${measured(w, w_se)}, b = ${measured(b, b_se)}`,
    };
  }
  const found = one.mode === "design" ? designOptimum(one.k) : CONTENT.pairs[pairIndex(one.activation, one.loss)].start;
  if (!found) return { words: "nowhere in particular: this loss has no optimum here, and no training of this run has it" };
  const how = one.mode === "design" ? ", interpolated between some k" : "";
  return { ...found, words: `the optimum for infinite data${how}; no training of this run has this composition` };
}

function measured(value, error) {
  if (!(error > 0)) return readable(value);
  const digits = Math.max(0, Math.min(12, 1 - Math.floor(Math.log10(error))));
  return `${minus(value.toFixed(digits))} ± ${error.toFixed(digits)}`;
}

const NUMBERS = ["w", "b", "gamma", "k", "cap"];

function allowed(name, value) {
  if (!Number.isFinite(value)) return false;
  if (name === "gamma" || name.startsWith("sd")) return value > 0;
  if (name === "k") return value >= CONTENT.family.lowest && value <= CONTENT.family.highest;
  if (name === "cap") return value > 1 && value <= CONTENT.family.largest_cap;
  return true;
}

const read = (one, name) => {
  const [key, index] = name.split("-");
  return index === undefined ? one[key] : one[key === "mean" ? "means" : "sds"][index];
};

function put(one, name, value) {
  const [key, index] = name.split("-");
  if (index === undefined) one[key] = value;
  else one[key === "mean" ? "means" : "sds"][index] = value;
}

function fragment(one) {
  const entries = one.mode === "design" ? [["k", one.k], ["cap", one.cap]] : [["activation", one.activation], ["loss", one.loss]];
  for (const name of ["w", "b", "gamma"]) entries.push([name, one[name]]);
  CONTENT.classes.forEach((_, i) => entries.push([`mean-${i}`, one.means[i]], [`sd-${i}`, one.sds[i]]));
  entries.push(["class", one.class], ["sign", one.sign]);
  return "#" + entries.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&");
}

/**
 * The state that a link holds, what of it this page does not have, and a pair of it that does not go together. What the link
 * does not say is as at the start.
 */
function stateFrom(hash) {
  const given = new URLSearchParams(hash.slice(1)), wrong = [];
  let refused = null;
  const named = CONTENT.experiments.find(one => one.name === given.get("experiment"));
  let one = stateOf(named || CONTENT.experiments[0]);
  const known = new Set(["experiment", "activation", "loss", "class", "sign", "k", "cap", "w", "b", "gamma"]);
  CONTENT.classes.forEach((_, i) => known.add(`mean-${i}`).add(`sd-${i}`));
  for (const key of given.keys()) if (!known.has(key)) wrong.push(key);
  if (given.has("experiment") && !named) wrong.push("experiment");
  if (given.has("activation") || given.has("loss")) {
    const activation = given.get("activation"), loss = given.get("loss"), pair = CONTENT.pairs[pairIndex(activation, loss)];
    if (!pair) wrong.push("activation", "loss");
    else if (pair.refused) refused = pair;
    else one = { ...one, mode: "pair", activation, loss };
  }
  if (given.has("k") && CONTENT.family) one = { ...one, mode: "design" };
  const numbers = [...known].filter(name => given.has(name) && (NUMBERS.includes(name) || name.includes("-")));
  for (const name of numbers) {
    const value = given.get(name).trim() === "" ? NaN : Number(given.get(name));
    if ((name === "k" || name === "cap") && !CONTENT.family || !allowed(name, value)) wrong.push(name);
    else put(one, name, value);
  }
  if (one.mode !== "pair" || given.has("activation")) {
    const at = startOf(one);
    for (const name of ["w", "b", "gamma"]) if (!given.has(name) && at[name] !== undefined) one[name] = at[name];
  }
  if (given.has("class")) {
    if (CONTENT.classes.some(it => it.name === given.get("class"))) one.class = given.get("class"); else wrong.push("class");
  }
  if (given.has("sign")) if (given.get("sign") in SIGNS) one.sign = given.get("sign"); else wrong.push("sign");
  return { state: one, wrong, refused };
}

// ---------------------------------------------------------------------------------------------------- what is drawn

const minus = text => String(text).replaceAll("-", "−");

function readable(value) {
  return minus(String(Number(value.toPrecision(4))));
}

const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
const power = exponent => "10" + [...String(exponent)].map(sign => SUPERSCRIPTS[sign]).join("");
const escaped = text => String(text).replace(/[&<>"']/g, sign => `&#${sign.charCodeAt(0)};`);
/** Plain text as HTML with k_q, k_w and k_b lowered. */
const lowered = text => minus(escaped(text)).replace(/k_([qwb])/g, "<i>k</i><sub>$1</sub>");
const tidy = value => Math.round(value * 100) / 100;

/** Everything that the three charts and the table show, of one state. */
function computed(one) {
  const label = CONTENT.classes.findIndex(it => it.name === one.class), sign = SIGNS[one.sign];
  const of = index => new Duality(
    modelOf(one, index), { w: one.w, b: one.b, gamma: one.gamma, mean: one.means[index], sd: one.sds[index] });
  const duality = of(label), histogram = sampled(duality, sign, STANDARD[label]);
  const branches = duality.branches.filter(branch => branch.sign === sign);
  const shown = { label, sign, duality, histogram, branches, of, curves: [], density: [], range: null };
  if (!histogram.ofSign || !branches.length) return shown;
  let below = 0, first = 0;
  while (below + histogram.bins[first][1] < RARE * histogram.ofSign) below += histogram.bins[first++][1];
  const low = histogram.bins[first][0] / histogram.perDecade;
  const high = (histogram.bins[histogram.bins.length - 1][0] + 1) / histogram.perDecade;
  const margin = Math.min(Math.max(0.05, 0.03 * (high - low)), 0.2 * (high - low));
  shown.range = [low - margin, high + margin];
  for (const branch of branches) {
    const { x1, logs } = duality.nodes(branch);
    shown.curves.push(x1.map((at, i) => ({
      q: logs[i] / Math.LN10, y: one.w * at + one.b, p: -Math.log10(Math.abs(duality.jacobian(at))), k: duality.localExponent(at),
    })));
  }
  const at = [];
  for (let i = 0; i <= 320; i++) at.push(shown.range[0] + (shown.range[1] - shown.range[0]) * i / 320);
  for (const branch of branches) {
    for (let i = 0; i < 12; i++) {
      const step = 10 ** (-7 + i / 2);
      at.push(Math.log10(branch.low) + step, Math.log10(branch.high) - step, Math.log10(branch.low) - 1e-7,
        Math.log10(branch.high) + 1e-7);
    }
  }
  at.sort((one, other) => one - other);
  shown.density = at.filter(q => q >= shown.range[0] && q <= shown.range[1])
    .map(q => ({ q, p: Math.log10(duality.pdf(10 ** q, sign)) }));
  return shown;
}

/**
 * The widest range of log10|q̇| within what is drawn on which a branch's local exponent is within tolerance of that of a
 * regime, and y on the regime's own side: the same exponent may belong to several limits.
 */
function widest(shown, { k_q: k, y_low: least = null, y_high: most = null }) {
  if (!shown.duality.w) return null; // y is the same for all x1, and goes to no limit
  let best = null;
  for (const curve of shown.curves) {
    let from = null, to = null;
    for (const { q, y, k: local } of curve) {
      if (q < shown.range[0] || q > shown.range[1]) continue;
      const ofThis = (least === null || y >= least) && (most === null || y <= most);
      if (ofThis && Math.abs(local - k) <= CONTENT.tolerance) {
        if (from === null) from = q;
        to = q;
        if (!best || to - from > best[1] - best[0]) best = [from, to];
      } else from = null;
    }
  }
  return best && best[1] > best[0] ? best : null;
}

/** The regimes of the theory for what is shown: of a designed loss the one that it was designed for. */
function regimesOf(one) {
  if (one.mode === "design") {
    const k = readable(one.k);
    return [{
      approach: "all y where 0 < |h| < cap", h_leading: "h′ = |h|ᵏ", sign: "", k_b: one.k, k_w: null, k_q: one.k,
      k_b_text: k, k_w_text: one.k >= 1 ? k : `${readable(1 / (2 - one.k))} or ${k}`, k_q_text: k,
      condition: "k_b: exact; k_q: where √(1 + x1²) varies slowly beside h", of: "family",
    }];
  }
  return CONTENT.pairs[pairIndex(one.activation, one.loss)].regimes.filter(
    row => row.class === one.class && (row.sign === "" || row.sign === one.sign));
}

/** Ticks of an axis from low to high: round numbers, or on a logarithmic one, in log10, whole decades and parts of them. */
function ticks(low, high, most, logarithmic) {
  if (logarithmic && high - low >= 1.2) {
    const step = Math.max(1, Math.ceil((high - low) / most)), major = [], minor = [];
    for (let n = Math.ceil(low); n <= high; n++) (n % step === 0 ? major : minor).push({ at: n, text: power(n) });
    if (step === 1 && high - low < 7) {
      for (let n = Math.floor(low); n <= high; n++) {
        for (let digit = 2; digit < 10; digit++) minor.push({ at: n + Math.log10(digit) });
      }
    }
    return { major, minor };
  }
  const [from, to] = logarithmic ? [10 ** low, 10 ** high] : [low, high];
  const rough = (to - from) / most, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find(one => one * unit >= rough), major = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) {
    const value = Number((n * step).toPrecision(12));
    if (!logarithmic || value > 0) major.push({ at: logarithmic ? Math.log10(value) : value, text: readable(value) });
  }
  return { major, minor: [] };
}

/** An SVG with axes, its layers clipped to them. x and y have low, high, label, logarithmic. */
class Chart {
  constructor(id, x, y, topAxis) {
    this.svg = document.getElementById(id);
    this.width = Math.max(260, this.svg.clientWidth);
    this.height = Math.max(180, this.svg.clientHeight);
    this.x = x;
    this.y = y;
    this.left = 66;
    this.right = this.width - 12;
    this.top = topAxis ? 40 : 10;
    this.bottom = this.height - 46;
    this.parts = [];
    this.over = [];
    if (topAxis) this.topAxis = topAxis;
  }

  sx(value) { return tidy(this.left + (value - this.x.low) / (this.x.high - this.x.low) * (this.right - this.left)); }
  sy(value) { return tidy(this.bottom - (value - this.y.low) / (this.y.high - this.y.low) * (this.bottom - this.top)); }

  /** A line through points [x, y]; it breaks where one is no number. Far outside of the axes it is cut. */
  line(points, kind) {
    const far = 4 * (this.y.high - this.y.low);
    let path = "", pen = "M";
    for (const [x, y] of points) {
      if (!Number.isFinite(x) || !Number.isFinite(y)) { pen = "M"; continue; }
      path += `${pen}${this.sx(x)} ${this.sy(Math.max(this.y.low - far, Math.min(this.y.high + far, y)))}`;
      pen = "L";
    }
    if (path) this.parts.push(`<path class="${kind}" d="${path}"/>`);
  }

  area(points, base, kind) {
    if (!points.length) return;
    const inner = points.map(([x, y]) => `${this.sx(x)} ${this.sy(y)}`).join("L");
    this.parts.push(`<path class="${kind}" d="M${this.sx(points[0][0])} ${this.sy(base)}L${inner}L${
      this.sx(points[points.length - 1][0])} ${this.sy(base)}Z"/>`);
  }

  dots(points) {
    const bars = points.map(({ q, low, high }) => `M${this.sx(q)} ${this.sy(low)}V${this.sy(high)}`);
    const circles = points.map(({ q, p }) => `M${this.sx(q) - 2.6} ${this.sy(p)}a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0-5.2 0`);
    this.parts.push(`<path class="bar" d="${bars.join("")}"/><path class="dot" d="${circles.join("")}"/>`);
  }

  text(x, y, words, anchor = "start") {
    this.over.push(`<text class="note" x="${this.sx(x)}" y="${this.sy(y)}" text-anchor="${anchor}">${
      escaped(words).replace(/k_([qwb])/g, '<tspan font-style="italic">k</tspan><tspan dy="3" font-size="80%">$1</tspan><tspan dy="-3">\u200b</tspan>')}</text>`);
  }

  /** Words in the middle, of a chart that has nothing to show. */
  message(words) {
    this.over.push(`<text class="message" x="${(this.left + this.right) / 2}" y="${(this.top + this.bottom) / 2}" ` +
      `text-anchor="middle">${escaped(words)}</text>`);
  }

  show() {
    const { left, right, top, bottom } = this, lines = [], texts = [];
    const horizontal = ticks(this.x.low, this.x.high, Math.max(3, (right - left) / 64), this.x.logarithmic);
    const upright = ticks(this.y.low, this.y.high, Math.max(3, (bottom - top) / 36), this.y.logarithmic);
    for (const { at, text } of horizontal.major) {
      lines.push(`<path class="grid" d="M${this.sx(at)} ${top}V${bottom}"/>`);
      texts.push(`<text x="${this.sx(at)}" y="${bottom + 17}" text-anchor="middle">${text}</text>`);
    }
    for (const { at } of horizontal.minor) {
      if (at >= this.x.low && at <= this.x.high) lines.push(`<path class="tick" d="M${this.sx(at)} ${bottom}v-4"/>`);
    }
    for (const { at, text } of upright.major) {
      lines.push(`<path class="grid" d="M${left} ${this.sy(at)}H${right}"/>`);
      texts.push(`<text x="${left - 7}" y="${this.sy(at) + 4}" text-anchor="end">${text}</text>`);
    }
    for (const { at } of upright.minor) {
      if (at >= this.y.low && at <= this.y.high) lines.push(`<path class="tick" d="M${left} ${this.sy(at)}h4"/>`);
    }
    if (this.topAxis) {
      const [from, to] = [this.topAxis.of(this.x.low), this.topAxis.of(this.x.high)].sort((one, other) => one - other);
      for (const { at, text } of ticks(from, to, Math.max(3, (right - left) / 64), false).major) {
        const x = this.sx(this.topAxis.inverse(at));
        lines.push(`<path class="tick" d="M${x} ${top}v5"/>`);
        texts.push(`<text x="${x}" y="${top - 5}" text-anchor="middle">${text}</text>`);
      }
      texts.push(`<text class="label" x="${(left + right) / 2}" y="13" text-anchor="middle">${this.topAxis.label}</text>`);
    }
    texts.push(
      `<text class="label" x="${(left + right) / 2}" y="${bottom + 38}" text-anchor="middle">${this.x.label}</text>`,
      `<text class="label" transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${
        this.y.label}</text>`);
    const clip = `clip-${this.svg.id}`;
    this.svg.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.svg.innerHTML = `<defs><clipPath id="${clip}"><rect x="${left}" y="${top}" width="${right - left}" height="${
      bottom - top}"/></clipPath></defs>${lines.join("")}<g clip-path="url(#${clip})">${this.parts.join("")}</g>` +
      `<rect class="frame" x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"/>${
        texts.join("")}${this.over.join("")}`;
  }
}

/**
 * The sampled density, a point of each bin. A bin in which the exact density begins or ends is cut there. A point stands where
 * the exact density has its own mean over the bin, as in duality/exponents/density_curve.py.
 */
function sampledDensity(shown) {
  const { histogram, branches } = shown;
  const ends = [Math.min(...branches.map(branch => branch.low)), Math.max(...branches.map(branch => branch.high))];
  return histogram.bins.map(([bin, count]) => {
    const whole = [bin, bin + 1].map(edge => 10 ** (edge / histogram.perDecade));
    const [from, to] = whole.map((edge, i) => (ends[i] > whole[0] && ends[i] < whole[1] ? ends[i] : edge));
    const density = count / histogram.size / (to - from), error = Math.sqrt(count);
    return {
      q: abscissa(shown, from, to), p: Math.log10(density),
      low: Math.log10(density * Math.max(count - error, 0.3) / count), high: Math.log10(density * (count + error) / count),
    };
  });
}

/** log10|q̇| in a bin at which the exact density is its mean over the bin: of several the one nearest to the middle, or that. */
function abscissa({ duality, sign, density }, from, to) {
  const mean = Math.log10(duality.probability(from, to, sign) / (to - from)), middle = Math.log10(from * to) / 2;
  let best = Infinity;
  for (let i = 1; i < density.length; i++) {
    const one = density[i - 1], other = density[i], q = one.q + (mean - one.p) / (other.p - one.p) * (other.q - one.q);
    const inside = q >= Math.max(one.q, Math.log10(from)) && q <= Math.min(other.q, Math.log10(to));
    if (inside && Math.abs(q - middle) < Math.abs(best - middle)) best = q;
  }
  return Number.isFinite(best) ? best : middle;
}

/** Why a chart has nothing to show. */
function nothing({ histogram }) {
  return histogram.ofSign ? "to rounding, y is the same for all x1" : "no fluctuations of this class have this sign";
}

function drawDensity(shown) {
  const [low, high] = shown.range || [-6, 0], points = sampledDensity(shown);
  const seen = points.filter(point => point.q >= low && point.q <= high).map(point => point.p);
  const bottom = seen.length ? Math.min(...seen) : -3, top = seen.length ? Math.max(...seen) : 3;
  const pad = Math.max(0.4, 0.12 * (top - bottom));
  const chart = new Chart("density", { low, high, label: "|q̇|, size of one step of (w, b); no unit", logarithmic: true },
    { low: bottom - pad, high: top + pad, label: "density, per unit of |q̇|", logarithmic: true });
  if (shown.range) {
    chart.dots(points.filter(point => point.q >= low && point.q <= high));
    for (const curve of shown.curves) chart.line(curve.map(point => [point.q, point.p]), "jacobian");
    chart.line(shown.density.map(point => [point.q, point.p]), "exact");
  } else chart.message(nothing(shown));
  chart.show();
}

function drawExponent(shown, regimes) {
  const [low, high] = shown.range || [-6, 0];
  const values = [...new Set(regimes.map(row => row.k_q).filter(k => k !== null))];
  const top = Math.max(3, ...values.map(k => Math.ceil(k) + 1));
  const chart = new Chart("exponent", { low, high, label: "|q̇|, size of one step of (w, b); no unit", logarithmic: true },
    { low: -1, high: top, label: "local exponent k" });
  let named = -Infinity;
  for (const k of values.sort((one, other) => one - other)) {
    const all = regimes.filter(row => row.k_q === k), seen = all.filter(row => shown.range && widest(shown, row));
    for (const row of seen) {
      const window = widest(shown, row);
      chart.area([[window[0], k + CONTENT.tolerance], [window[1], k + CONTENT.tolerance]], k - CONTENT.tolerance, "window");
    }
    chart.line([[low, k], [high, k]], "regime");
    const rows = seen.length ? seen : all, words = [...new Set(rows.map(row => minus(row.approach)))].join(", ");
    if (chart.sy(named) - chart.sy(k) < 14) continue; // it would lie on the one below; the table has both
    const room = Math.floor((chart.right - chart.left) / 7) - 12;
    const told = `k_q = ${rows[0].k_q_text}: ${words}`;
    // Above the line, unless the curve runs there.
    const near = shown.curves.flat().filter(({ q }) => q >= low && q <= low + 0.5 * (high - low));
    const above = near.every(point => !(point.k > k + 0.03 && point.k < k + 0.6));
    chart.text(low + 0.01 * (high - low), above ? k + 0.12 : k - 0.32, told.length > room ? `${told.slice(0, room - 1)}…` : told);
    named = k;
  }
  for (const curve of shown.curves) chart.line(curve.map(point => [point.q, point.k]), "local");
  if (!shown.range) chart.message(nothing(shown));
  chart.show();
}

function drawH(one, shown) {
  const ends = CONTENT.classes.flatMap((_, i) => [-4, 4].map(z => one.w * (one.means[i] + z * one.sds[i]) + one.b));
  let low = Math.min(...ends), high = Math.max(...ends);
  if (high - low < 1e-9) [low, high] = [low - 1, high + 1];
  const curves = CONTENT.classes.map((_, label) => {
    const { h } = modelOf(one, label), points = [];
    for (let i = 0; i <= 600; i++) {
      const y = low + (high - low) * i / 600, value = h(y);
      points.push({ y, size: Math.log10(Math.abs(value)), sign: -Math.sign(value) });
    }
    return points;
  });
  const sizes = curves[shown.label].map(point => point.size).filter(Number.isFinite);
  const top = sizes.length ? Math.max(...sizes) : 0, bottom = sizes.length ? Math.max(Math.min(...sizes), top - 12) : -3;
  const pad = Math.max(0.3, 0.06 * (top - bottom)), w = one.w, b = one.b;
  const chart = new Chart("h", { low, high, label: "y = w·x1 + b, what the network makes of x1" },
    { low: bottom - pad, high: top + pad, label: "|h| = |dH/dy|", logarithmic: true },
    w && { label: "x1, the data", of: y => (y - b) / w, inverse: x1 => w * x1 + b });
  CONTENT.classes.forEach((_, i) => {
    const duality = shown.of(i), points = [], height = 0.45 * (top - bottom + 2 * pad), base = bottom - pad;
    for (let n = 0; n <= 80; n++) {
      const z = -4 + n / 10;
      points.push([w * (duality.mean + z * duality.sd) + b, base + height * Math.exp(-0.5 * z * z)]);
    }
    chart.area(points, base, i === shown.label ? "data" : "data other");
    const x = w * duality.mean + b;
    chart.text(Math.min(Math.max(x, low), high), base + height * (0.12 + 0.16 * i), `‘${CONTENT.classes[i].name}’`, "middle");
  });
  curves.forEach((points, i) => {
    for (const sign of [-1, 1]) {
      chart.line(points.map(point => [point.y, point.sign === sign ? point.size : NaN]),
        `h${i === shown.label ? "" : " other"}${sign === 1 ? " positive" : ""}`);
    }
  });
  chart.show();
}

function describe(one, shown, regimes) {
  const { histogram } = shown, share = count => `${readable(100 * count / histogram.size)}%`;
  const what = `Class ‘${one.class}’, ḃ ${shown.sign < 0 ? "<" : ">"} 0`;
  let words = `${what}: ${share(histogram.ofSign)} of ${histogram.size} sampled x1 make such a fluctuation, ` +
    `${share(histogram.dead)} make none, as h = 0.`;
  if (shown.range) {
    words += ` Drawn are ${(shown.range[1] - shown.range[0]).toFixed(1)} decades of |q̇|, on ${shown.branches.length} ` +
      `${shown.branches.length === 1 ? "branch" : "branches"} of x1.`;
  }
  document.getElementById("summary").textContent = words;
  document.getElementById("density-title").textContent = `Density of fluctuations. ${words}`;
  const body = document.getElementById("regimes"), headings = [...document.querySelectorAll("#table-regimes thead th")];
  body.replaceChildren(...regimes.map(row => {
    const window = shown.range && row.k_q !== null ? widest(shown, row) : null;
    const line = document.createElement("tr"), name = { negative: "ḃ < 0", positive: "ḃ > 0", "": "" };
    const drawn = key => row.drawn ? row.drawn[key] : lowered(row[key]); // HTML that the workflow made, or of plain text
    const cells = [drawn("approach"), drawn("h_leading"), ...[name[row.sign], row.k_b_text, row.k_w_text, row.k_q_text,
      row.k_q === null ? "–" : window ? `${(window[1] - window[0]).toFixed(1)} decades` : "not here"].map(lowered), drawn("condition")];
    line.setAttribute("role", "row");
    cells.forEach((cell, i) => {
      const made = document.createElement(i ? "td" : "th");
      made.setAttribute("role", i ? "cell" : "rowheader");
      if (!i) made.scope = "row";
      made.innerHTML = (i ? `<span class="label" aria-hidden="true">${headings[i].innerHTML}</span>` : "") + `<span>${cell}</span>`;
      line.append(made);
    });
    return line;
  }));
  document.getElementById("no-regimes").hidden = regimes.length > 0;
  document.getElementById("exponent-title").textContent = "Local exponent. " + (regimes.length
    ? "Regimes: " + regimes.map(row => `${row.approach}: k_q = ${row.k_q_text}`).join("; ")
    : "The theory found no regime.");
}

function draw() {
  const shown = computed(state), regimes = regimesOf(state);
  drawDensity(shown);
  drawExponent(shown, regimes);
  drawH(state, shown);
  describe(state, shown, regimes);
}

// ---------------------------------------------------------------------------------------------------- the controls

const byId = id => document.getElementById(id);
const LOGARITHMIC = name => name === "gamma" || name === "cap";
let waiting = 0, later = 0;

/** What a slider reaches, and it grows with what is typed beside it. */
function reach(name, value) {
  if (name === "k") return [CONTENT.family.lowest, CONTENT.family.highest];
  if (name === "cap") return [1, Math.log10(CONTENT.family.largest_cap)];
  if (name === "gamma") return [Math.min(-5, Math.floor(Math.log10(value))), Math.max(1, Math.ceil(Math.log10(value)))];
  if (name.startsWith("sd")) return [0.01, Math.max(1, 2 ** Math.ceil(Math.log2(value)))];
  const size = 2 ** Math.ceil(Math.log2(Math.max(2, Math.abs(value), name.startsWith("mean") ? 0 : 1.5 * Math.abs(start[name] || 0))));
  return [-size, size];
}

/** Put the state into all controls but the number field that is being typed into. */
function fill() {
  byId("activation").value = state.activation || "";
  fillLosses();
  byId("loss").value = state.loss || "";
  for (const input of document.querySelectorAll("input[name=mode]")) input.checked = input.value === state.mode;
  for (const input of document.querySelectorAll("input[name=class]")) input.checked = input.value === state.class;
  for (const input of document.querySelectorAll("input[name=sign]")) input.checked = input.value === state.sign;
  for (const part of document.querySelectorAll("[data-mode]")) part.hidden = part.dataset.mode !== state.mode;
  for (const field of document.querySelectorAll("input[type=number]")) {
    const name = field.dataset.name, value = read(state, name), slider = byId(`slider-${name}`);
    const at = LOGARITHMIC(name) ? Math.log10(value) : value, [low, high] = reach(name, value);
    slider.min = low;
    slider.max = high;
    if (document.activeElement !== slider) slider.value = at;
    slider.setAttribute("aria-valuetext", readable(value));
    if (document.activeElement !== field) {
      field.value = Number(value.toPrecision(6));
      field.removeAttribute("aria-invalid");
    }
  }
  byId("start").textContent = `w and b start at ${start.words}.`;
  const pair = CONTENT.pairs[pairIndex(state.activation, state.loss)];
  const parts = state.mode === "pair" && pair ? [CONTENT.activations[pair.activation], CONTENT.losses[pair.loss]] : [];
  byId("formula").innerHTML = parts.map(part => `<span>${part.drawn}</span>`).join(" "); // MathML that the workflow made
  byId("formula").querySelectorAll("math").forEach(breakAtTerms);
}

/** Divide an equation before each term of the sum at its right, so that a line may end there: no browser breaks MathML. */
function breakAtTerms(math) {
  const sides = math.firstElementChild, signs = [...sides.lastElementChild.children]
    .filter((one, i) => i && one.localName === "mo" && ["+", "−"].includes(one.textContent));
  for (const sign of signs.reverse()) {
    const term = math.cloneNode();
    while (sign.nextSibling) term.append(sign.nextSibling);
    sign.setAttribute("form", "infix");
    term.prepend(sign);
    math.after(document.createElement("wbr"), term);
  }
}

function fillLosses() {
  const options = CONTENT.pairs.filter(pair => pair.activation === state.activation).map(pair => {
    const option = new Option(CONTENT.losses[pair.loss].name + (pair.refused ? " (not with this activation)" : ""), pair.loss);
    option.disabled = Boolean(pair.refused);
    option.title = pair.refused;
    return option;
  });
  byId("loss").replaceChildren(...options);
}

function changed(own = true) {
  if (own) byId("experiment").value = "";
  fill();
  byId("link").href = fragment(state);
  if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; draw(); });
  clearTimeout(later);
  // Browsers allow no more than some changes of the address a second.
  later = setTimeout(() => history.replaceState(null, "", fragment(state)), 300);
}

/** Another composition: w, b and γ go to where it starts. */
function composed() {
  start = startOf(state);
  for (const name of ["w", "b", "gamma"]) if (start[name] !== undefined) state[name] = start[name];
  changed();
}

function entered(name, text, field) {
  const value = text.trim() === "" ? NaN : Number(text);
  const right = allowed(name, value);
  if (field) field.setAttribute("aria-invalid", String(!right));
  byId("status").textContent = right ? "" : `${name.split("-")[0]} = ${text || "nothing"} is not possible; the last value stays.`;
  if (!right) return;
  put(state, name, value);
  if (name === "k" || name === "cap") composed(); else changed();
}

function follow() {
  const found = stateFrom(location.hash);
  state = found.state;
  start = startOf(state);
  const told = [], named = pair => [CONTENT.activations[pair.activation].name, CONTENT.losses[pair.loss].name];
  if (found.wrong.length) told.push(`This page does not know what the link says of: ${[...new Set(found.wrong)].join(", ")}.`);
  if (found.refused) {
    const [activation, loss] = named(found.refused);
    told.push(`The link's loss ‘${loss}’ does not go with its activation ‘${activation}’: ${found.refused.refused}.`);
    if (state.mode === "pair") told.push(`What you see is ‘${named(state).join("’ with ‘")}’.`);
  }
  byId("status").textContent = told.join(" ");
  const shown = new URLSearchParams(location.hash.slice(1)).get("experiment");
  changed(false);
  byId("experiment").value = !location.hash ? CONTENT.experiments.length ? CONTENT.experiments[0].name : ""
    : CONTENT.experiments.some(one => one.name === shown) && location.hash.indexOf("&") < 0 ? shown : "";
}

function prepare() {
  const options = CONTENT.experiments.map(one => new Option(one.title, one.name));
  for (const [title, why] of Object.entries(CONTENT.failed)) {
    const option = new Option(`${title} (${why})`, title);
    option.disabled = true;
    options.push(option);
  }
  byId("experiment").replaceChildren(new Option("none of them: settings of my own", ""), ...options);
  const activations = [...new Set(CONTENT.pairs.filter(pair => !pair.refused).map(pair => pair.activation))];
  byId("activation").replaceChildren(...activations.map(key => new Option(CONTENT.activations[key].name, key)));
  byId("experiment").addEventListener("change", event => {
    const experiment = CONTENT.experiments.find(one => one.name === event.target.value);
    if (!experiment) return;
    state = stateOf(experiment);
    start = startOf(state);
    changed(false);
  });
  byId("activation").addEventListener("change", event => {
    state.activation = event.target.value;
    const pair = CONTENT.pairs[pairIndex(state.activation, state.loss)];
    if (pair.refused) state.loss = CONTENT.pairs.find(one => one.activation === state.activation && !one.refused).loss;
    composed();
  });
  byId("loss").addEventListener("change", event => { state.loss = event.target.value; composed(); });
  for (const input of document.querySelectorAll("input[name=mode]")) {
    input.addEventListener("change", () => { state.mode = input.value; composed(); });
  }
  for (const name of ["class", "sign"]) {
    for (const input of document.querySelectorAll(`input[name=${name}]`)) {
      input.addEventListener("change", () => { state[name] = input.value; changed(); });
    }
  }
  for (const field of document.querySelectorAll("input[type=number]")) {
    const name = field.dataset.name, slider = byId(`slider-${name}`);
    field.addEventListener("input", () => entered(name, field.value, field));
    field.addEventListener("change", () => fill());
    field.addEventListener("blur", () => { byId("status").textContent = ""; fill(); });
    slider.addEventListener("input", () => {
      const at = Number(slider.value);
      entered(name, String(LOGARITHMIC(name) ? 10 ** at : at));
    });
  }
  byId("reset").addEventListener("click", () => {
    CONTENT.classes.forEach((one, i) => { state.means[i] = one.mean; state.sds[i] = one.sd; });
    composed();
  });
  // In Snakemake's report this page is an address of its own, beside which no file lies.
  document.querySelector("nav").hidden = location.protocol === "data:";
  window.addEventListener("hashchange", follow);
  new ResizeObserver(() => { if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; draw(); }); })
    .observe(byId("density"));
  follow();
}

prepare();
