/**
 * The program of a worker, as text: a string comes through bundlers, test runners and blob URLs as it
 * is. It waits for a segment to open, takes parts of its steps that nobody took, and goes back to its
 * event loop only for mail: the memory, then modules of new kernels. What it has no kernels for is left to others.
 *
 * A worker joins a segment by adding itself to `meeting`, which fails when the segment is no longer the
 * one that it saw, and the caller closes the segment before it waits until nobody is left in it: so no
 * worker can be at steps that the caller is about to write over.
 */
import { control, line, segment, stepHead, textLimit } from "./control.js";

/** Looks at `meeting` before a worker goes to sleep: about 400 µs, so that it is awake when the next token or batch comes. */
const patience = 100_000;

export const workerSource = `"use strict";
const port = typeof require === "function" ? require("node:worker_threads").parentPort : self;
const at = ${JSON.stringify(control)};
const kernels = [], parameters = [];
let memory, words, rank, threads, received = 0;

port.onmessage = ({ data }) => {
  received++;
  try {
    if (data.memory) ({ memory, words, rank, threads } = data);
    for (const { module, kernels: names } of data.modules) {
      const { exports } = new WebAssembly.Instance(module, { env: { memory } });
      for (const [number, name] of names) kernels[number] = exports[name];
    }
  } catch (error) {
    port.postMessage(String(error));
  }
  Atomics.store(words, at.received + rank, received);
  serve();
};

function serve() {
  let seen;
  while (Atomics.load(words, at.mail) === received) {
    const meeting = Atomics.load(words, at.meeting);
    const number = Math.floor(meeting / ${segment});
    if (number === seen) rest(seen);
    else if (!(number & 1)) seen = number;
    else if (Atomics.compareExchange(words, at.meeting, meeting, meeting + 1) === meeting) {
      seen = number;
      work();
      leave();
    }
  }
}

function rest(seen) {
  const isOver = (meeting) => Math.floor(meeting / ${segment}) !== seen;
  for (let n = 0; n < ${patience}; n++) if (isOver(Atomics.load(words, at.meeting))) return;
  Atomics.add(words, at.sleepers, 1);
  const meeting = Atomics.load(words, at.meeting);
  if (!isOver(meeting)) Atomics.wait(words, at.meeting, meeting);
  Atomics.sub(words, at.sleepers, 1);
}

function leave() {
  const last = (Atomics.sub(words, at.meeting, 1) & ${segment - 1}) === 1;
  if (last && Atomics.load(words, at.waiting)) Atomics.notify(words, at.meeting);
}

function work() {
  let place = at.steps;
  for (let step = 0; step < words[at.count]; step++) {
    const run = kernels[words[place]];
    const next = place + ${stepHead} + words[place + 1];
    try {
      if (run) take(run, place);
    } catch (error) {
      fail(step, error);
    }
    place = next;
  }
}

function take(run, place) {
  const units = words[place + 3], parts = words[place + 4];
  const first = Math.floor((parts * rank) / threads);
  let filled = false;
  for (let k = 0; k < parts; k++) {
    const part = (first + k) % parts, bit = 1 << part;
    if (Atomics.load(words, place + 5) & bit || Atomics.or(words, place + 5, bit) & bit) continue;
    if (!filled) {
      parameters.length = words[place + 1];
      for (let k = 0; k < parameters.length; k++) parameters[k] = words[place + ${stepHead} + k];
      parameters[words[place + 2]] += rank * words[at.stride];
      filled = true;
    }
    parameters[0] = Math.floor((units * part) / parts);
    parameters[1] = Math.floor((units * (part + 1)) / parts);
    run(...parameters);
    words[at.taken + ${line} * rank]++;
  }
}

function fail(step, error) {
  if (Atomics.compareExchange(words, at.failed, 0, step + 1) !== 0) return;
  const text = String(error && error.message || error).slice(0, ${textLimit});
  for (let k = 0; k < text.length; k++) words[at.text + k] = text.charCodeAt(k);
  words[at.textLength] = text.length;
}
`;
