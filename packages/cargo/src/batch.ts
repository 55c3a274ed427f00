import { annotationLines, annotationsOf, formatError, Interrupted } from '@nx-redox/kit';
import type { Builder } from './build';
import type { Reporter } from './cargo';
import type { InputsCheck } from './inputs/coverage';
import { jointGroups, type PreparedTask } from './command';
import { describeArtifact } from './report';
import type { BuildTask } from './task';

/** One task of a batch. */
export interface BatchEntry {
  id: string;
  /** Reads the task's options; may throw. */
  task: () => BuildTask;
  /** Ids of tasks in this batch that must be done before. */
  dependsOn: readonly string[];
  /** What the hash of the task covers. */
  inputs?: InputsCheck | undefined;
}

export interface BatchResult {
  id: string;
  status: 'success' | 'failure' | 'skipped';
  /** Diagnostics of this task and what it made. */
  output: string;
  /** Milliseconds since the epoch. */
  startTime: number;
  endTime: number;
}

/**
 * Builds many tasks with few cargo runs. Tasks that are ready and can share a cargo run are compiled together, on all
 * cores; then each is built by itself, which finds everything compiled, so that its diagnostics, checks and result are
 * exactly those of a build alone.
 *
 * @param progress gets cargo's lines as they come.
 * @param signal that {@link Builder} was given; when it fires, the rest is skipped.
 */
export async function* buildBatch(
  entries: readonly BatchEntry[],
  builder: Builder,
  progress: (line: string) => void,
  signal?: AbortSignal,
): AsyncGenerator<BatchResult> {
  const waiting = new Map(entries.map((entry) => [entry.id, entry]));
  const succeeded = new Set<string>();
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(({ dependsOn }) => dependsOn.every((id) => !waiting.has(id)));
    // Nx's task graph has no cycles; without this line one would never end here.
    if (ready.length === 0) throw new Error(`tasks wait for each other: ${[...waiting.keys()].join(', ')}`);
    for (const { id } of ready) waiting.delete(id);
    const runnable = ready.filter(({ dependsOn }) => dependsOn.every((id) => succeeded.has(id)));
    for (const { id } of ready.filter((entry) => !runnable.includes(entry))) {
      yield { id, status: 'skipped', output: '', startTime: Date.now(), endTime: Date.now() };
    }
    for await (const result of buildRound(runnable, builder, progress, signal)) {
      if (result.status === 'success') succeeded.add(result.id);
      yield result;
    }
  }
}

async function* buildRound(
  entries: readonly BatchEntry[],
  builder: Builder,
  progress: (line: string) => void,
  signal?: AbortSignal,
): AsyncGenerator<BatchResult> {
  const roundStart = Date.now();
  const prepared = new Map<string, PreparedTask>();
  const failures = new Map<string, unknown>();
  for (const { id, task } of entries) {
    try {
      prepared.set(id, await builder.prepare(task()));
    } catch (error) {
      failures.set(id, error);
    }
  }
  // Diagnostics come again, task by task.
  const silent: Reporter = { progress, text: () => undefined };
  for (const group of jointGroups([...prepared.values()])) {
    try {
      await builder.compileTogether(group, silent);
    } catch (error) {
      for (const [id, task] of prepared) if (group.includes(task)) failures.set(id, error);
    }
  }
  for (const { id, inputs } of entries) {
    const startTime = prepared.has(id) ? Date.now() : roundStart;
    let output = '';
    let status: BatchResult['status'] = 'success';
    try {
      if (failures.has(id)) throw failures.get(id);
      const reporter: Reporter = { progress, text: (text) => (output += text) };
      output += describeArtifact(await builder.build(prepared.get(id)!, reporter, inputs));
    } catch (error) {
      const interrupted = signal?.reason instanceof Interrupted;
      status = interrupted ? 'skipped' : 'failure';
      output += interrupted ? '' : `\n${formatError(error)}\n${annotationLines(annotationsOf(error))}`;
    }
    yield { id, status, output, startTime, endTime: Date.now() };
  }
}
