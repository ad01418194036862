import type { TestContainer, TestScope } from '../support/scope.ts';
import type { ServerProcess, ServerProcessOptions } from '../support/server-process.ts';
import type { TestEngine } from '../support/testbed.ts';
import type { HttpClient } from './clients/http.ts';

/** What a figure must be. `x` is a ratio to what the case is measured against. */
export interface Target {
  readonly op: '<=' | '>=';
  readonly limit: number;
  readonly unit: Unit;
}

export type Unit = 'x' | 'ms' | 's' | 'MB/s' | 'MB' | '%' | '1/s' | '';

/** One quantity that was measured. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: Unit;
}

export interface Measurement<C extends string = string> {
  /** What is held against the case's targets, by their names. */
  readonly checks: Readonly<Record<C, number>>;
  /** The raw figures, by whose they are: `server`, `raw socket`, `docker CLI`. */
  readonly figures: Readonly<Record<string, readonly Figure[]>>;
}

/** One line of work of the table: how it is measured and what it must reach. */
export interface BenchCase<C extends string = string> {
  /** As `npm run bench -- <name>` takes it. */
  readonly name: string;
  /** What the server does. */
  readonly path: string;
  /** What it is compared with. */
  readonly against: string;
  readonly targets: Readonly<Record<C, Target>>;
  /** Begins with a warm-up of its own. Measures both sides in turns where there are two. */
  readonly run: (context: BenchContext) => Promise<Measurement<C>>;
}

/** What all cases of a run share. Everything is made when it is first asked for. */
export interface BenchContext {
  readonly engine: TestEngine;
  readonly scope: TestScope;
  /** Shorter waits where a case says so, to try it out. */
  readonly short: boolean;
  /** A server with the embedded database, as it comes; shared by the cases that measure time. */
  server(): Promise<ServerProcess>;
  /** A server of a case's own, for figures of memory. */
  freshServer(options?: Partial<ServerProcessOptions>): Promise<ServerProcess>;
  /** A client of the Engine's socket. */
  raw(): HttpClient;
  /** 200 containers, at first created and not started. */
  manyContainers(): Promise<readonly TestContainer[]>;
  /** A running container for execs. */
  shellContainer(): Promise<TestContainer>;
  /** A line of progress. */
  note(text: string): void;
}

/** Keeps the names of the targets and of the checks the same. */
export function benchCase<const C extends string>(definition: BenchCase<C>): BenchCase {
  return definition;
}

/** Whether a figure is what it must be. */
export function reached(value: number, { op, limit }: Target): boolean {
  return op === '<=' ? value <= limit : value >= limit;
}
