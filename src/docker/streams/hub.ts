import { setTimeout as delay } from 'node:timers/promises';
import { FairleadError } from '../../domain/errors.ts';
import type { Policy } from './mailbox.ts';
import { type Feed, type Subscription, subscription } from './subscription.ts';

export interface HubOptions<T> {
  /** Starts the one upstream of a key. It ends soon after `signal` aborts. */
  readonly open: (key: string, signal: AbortSignal) => AsyncIterable<T>;
  /** How long an upstream goes on without subscribers, so that one who comes right back finds it running. */
  readonly lingerMs: number;
  /**
   * What to do when an upstream fails, or ends by itself (`error` is `undefined` then): milliseconds until it is opened anew,
   * `null` to pass the failure or the end on to all subscribers. `attempt` counts from 1 since the last value.
   * Without it, failures and ends are passed on.
   */
  readonly reopen?: (error: unknown, attempt: number) => number | null;
}

export interface SubscribeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Start with the newest value of the running upstream, if there is one. */
  readonly withLast?: boolean;
}

/** One upstream for each key, shared by however many read it. Publishing to them never waits for one of them. */
export interface Hub<T> {
  /**
   * Attaches a reader, and opens the upstream if it is the first. Nothing published after this call is missed, so the caller
   * reads the iterable, or lets go of it by `return()` or by `signal`. Aborting ends the loop without an error.
   */
  subscribe<R>(key: string, policy: Policy<T, R>, options?: SubscribeOptions): Subscription<R>;
  /** How many upstreams are open. */
  readonly upstreams: number;
  /** How many read this key. */
  subscribers(key: string): number;
  /** Ends the upstreams and, without an error, the loops of all readers. Resolves when the upstreams have ended. */
  close(): Promise<void>;
}

interface Channel<T> {
  readonly feeds: Set<Feed<T>>;
  readonly controller: AbortController;
  last: { readonly value: T } | undefined;
  linger: NodeJS.Timeout | undefined;
  running: Promise<void>;
}

/** How an upstream went: with `error` when it failed for good. */
interface Outcome {
  readonly error?: unknown;
}

/** Makes a hub. See `Hub`. */
export function createHub<T>(options: HubOptions<T>): Hub<T> {
  const channels = new Map<string, Channel<T>>();
  const ending = new Set<Promise<void>>();
  let closed = false;

  function join(key: string): Channel<T> {
    const running = channels.get(key);
    if (running !== undefined) {
      clearTimeout(running.linger);
      running.linger = undefined;
      return running;
    }
    const channel: Channel<T> = {
      feeds: new Set(),
      controller: new AbortController(),
      last: undefined,
      linger: undefined,
      running: Promise.resolve(),
    };
    channels.set(key, channel);
    channel.running = pump(key, channel);
    return channel;
  }

  async function pump(key: string, channel: Channel<T>): Promise<void> {
    // The subscriber who brought this about attaches first.
    await Promise.resolve();
    const outcome = await run(key, channel).catch((error: unknown) => ({ error }));
    if (channels.get(key) === channel) channels.delete(key);
    clearTimeout(channel.linger);
    for (const feed of [...channel.feeds]) {
      if ('error' in outcome) feed.fail(outcome.error);
      else feed.end();
    }
  }

  /** Reads the upstream, and opens it anew as long as `reopen` says so. */
  async function run(key: string, channel: Channel<T>): Promise<Outcome> {
    const { signal } = channel.controller;
    let attempt = 0;
    while (!signal.aborted) {
      attempt += 1;
      let failure: { readonly error: unknown } | undefined;
      try {
        for await (const value of options.open(key, signal)) {
          if (signal.aborted) return {};
          attempt = 1;
          channel.last = { value };
          for (const feed of channel.feeds) feed.push(value);
        }
      } catch (error) {
        failure = { error };
      }
      if (signal.aborted) return {};
      const pause = options.reopen?.(failure?.error, attempt) ?? null;
      if (pause === null) return failure ?? {};
      // What came before the break may no longer be so.
      channel.last = undefined;
      await delay(pause, undefined, { signal }).catch(() => undefined);
    }
    return {};
  }

  function end(key: string, channel: Channel<T>): void {
    clearTimeout(channel.linger);
    if (channels.get(key) === channel) channels.delete(key);
    channel.controller.abort();
    ending.add(channel.running);
    void channel.running.finally(() => ending.delete(channel.running));
  }

  function leave(key: string, channel: Channel<T>, feed: Feed<T>): void {
    channel.feeds.delete(feed);
    if (channel.feeds.size > 0 || channels.get(key) !== channel) return;
    channel.linger = setTimeout(() => end(key, channel), options.lingerMs);
    // A lingering upstream is no reason for the process to go on.
    channel.linger.unref();
  }

  return {
    subscribe(key, policy, { signal, withLast = false } = {}) {
      if (closed) throw new FairleadError('SHUTTING_DOWN', 'The streams of this host have been closed.');
      if (signal?.aborted) return subscription(policy(), () => undefined, signal).reader;
      const channel = join(key);
      const { reader, feed } = subscription(policy(), () => leave(key, channel, feed), signal);
      channel.feeds.add(feed);
      if (withLast && channel.last !== undefined) feed.push(channel.last.value);
      return reader;
    },
    get upstreams() {
      return channels.size + ending.size;
    },
    subscribers: (key) => channels.get(key)?.feeds.size ?? 0,
    async close() {
      closed = true;
      for (const [key, channel] of [...channels]) {
        end(key, channel);
        for (const feed of [...channel.feeds]) feed.end();
      }
      await Promise.all(ending);
    },
  };
}
