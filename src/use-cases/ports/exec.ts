import type { ExecInfo, ExecSpec, OutputChannel, TerminalSize } from '../../domain/exec.ts';

/** Takes what comes out of a process. Its methods must not throw. */
export interface ProcessSink {
  /** `bytes` are not written to again by whoever calls, and may be kept. */
  output(channel: OutputChannel, bytes: Uint8Array): void;
  /** Nothing more comes: called once. Not a word on whether the process has ended; `error` says why the connection broke. */
  over(error: Error | null): void;
}

/**
 * The bytes of a process, both ways. By callbacks, not as an iterable: a promise a chunk would cost a third of the speed.
 * Nothing flows before `open`.
 */
export interface ProcessStream {
  /** To be called once. Output comes from now on, not before this returns. */
  open(sink: ProcessSink): void;
  /** `taken` is called when the Engine has taken the bytes, or never will. Bytes after `endInput` or the end are dropped. */
  write(bytes: Uint8Array, taken: () => void): void;
  /** Half-closes: the process reads an end of file. */
  endInput(): void;
  /** Holds output back, in the end the process itself. A chunk that is on its way may still come. */
  pause(): void;
  resume(): void;
  /** Drops the connection; `over` is still called. What runs goes on. */
  close(): void;
}

/** What an exec instance is made of, beyond what the caller asked for. */
export interface ExecRequest extends ExecSpec {
  /** UUID that marks the process and all its children, so that they can be found and ended. */
  readonly token: string;
}

/*
 * All throw EXEC_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_TIMEOUT, ENGINE_ERROR, and the signal's reason when it aborts.
 */
export interface ExecClient {
  /**
   * Makes an exec instance; it does not run yet.
   *
   * @throws FairleadError CONTAINER_NOT_FOUND, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, ENGINE_REJECTED
   */
  create(containerId: string, request: ExecRequest, signal?: AbortSignal): Promise<string>;
  inspect(execId: string, signal?: AbortSignal): Promise<ExecInfo>;
  /**
   * Runs it, attached. A program that cannot be run tells so in its output and by the exit code 126 or 127.
   *
   * @param size of its terminal; without effect on Engines older than 23
   * @throws FairleadError EXEC_NOT_RUNNING when it was started before, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED
   */
  start(
    execId: string,
    options: { readonly tty: boolean; readonly size?: TerminalSize },
    signal?: AbortSignal,
  ): Promise<ProcessStream>;
  /** Runs it and leaves it alone. Throws as `start` does. */
  startDetached(execId: string, tty: boolean, signal?: AbortSignal): Promise<void>;
  /** Only for one that runs: the Engine waits ten seconds for one that does not. */
  resize(execId: string, size: TerminalSize, signal?: AbortSignal): Promise<void>;
  /** Whether `start` gives a terminal its size from the first moment. */
  sizesAtStart(): Promise<boolean>;
}

/** How to attach to a container's own process. */
export interface AttachInfo {
  readonly running: boolean;
  readonly tty: boolean;
  readonly openStdin: boolean;
  /** Whether the end of the input of one who is attached reaches the process. */
  readonly stdinOnce: boolean;
}

export interface AttachOptions {
  /** Whether what the container wrote before comes first, as far as its logs hold it. */
  readonly replay: boolean;
  /** UUID, of which the keys are made that would detach: nobody types them by accident. */
  readonly detachToken: string;
}

/** Throws as `ExecClient` does, and CONTAINER_NOT_FOUND, CONTAINER_NOT_RUNNING. */
export interface AttachClient {
  inspect(containerId: string, signal?: AbortSignal): Promise<AttachInfo>;
  attach(
    containerId: string,
    info: AttachInfo,
    options: AttachOptions,
    signal?: AbortSignal,
  ): Promise<ProcessStream>;
  resize(containerId: string, size: TerminalSize, signal?: AbortSignal): Promise<void>;
}

/** A process that was made through `ExecClient.create`, with all that descends from it. */
export interface MarkedProcess {
  readonly execId: string;
  readonly containerId: string;
  readonly token: string;
  /** As it was created; only the same may look at it and end it. */
  readonly user: string;
  readonly privileged: boolean;
}

export interface ProcessEnder {
  /**
   * Hangs up on the process and its descendants, and kills what is still there two seconds later. Resolves when nothing of it
   * runs any more, which is also so when its container does not.
   *
   * @throws FairleadError CONTAINER_PAUSED, ENGINE_NOT_SUPPORTED where nothing on the host could do it, ENGINE_UNREACHABLE,
   * ENGINE_TIMEOUT, ENGINE_ERROR when something is left
   */
  end(process: MarkedProcess, signal?: AbortSignal): Promise<void>;
}
