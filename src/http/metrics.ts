import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One call to an Engine, as it ended. */
export interface EngineCall {
  readonly host: string;
  /** What was asked for: how, and of which noun. Without ids, so that there are not many. */
  readonly call: string;
  readonly outcome: 'ok' | 'failed';
  readonly seconds: number;
}

/** A number that somebody else knows, asked for when the metrics are read. */
export interface GaugeSource {
  /** Such as `fairlead_terminals`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
  readonly read: () => readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** What the server counts and times. */
export interface Metrics {
  answered(operation: string, method: string, status: number, seconds: number): void;
  socketOpened(operation: string): void;
  socketClosed(operation: string, closeCode: number): void;
  engineCall(call: EngineCall): void;
  /** Adds a number that is read anew each time. */
  gauge(source: GaugeSource): void;
  /** All of it in the Prometheus text format, and its content type. */
  render(): Promise<{ readonly text: string; readonly contentType: string }>;
}

const HTTP_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const ENGINE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of one process, in a registry of their own so that two servers in one test do not meet. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 50 });
  const requests = new Histogram({
    name: 'fairlead_http_request_duration_seconds',
    help: 'Requests by operation, until the last byte of the answer was handed to the network.',
    labelNames: ['operation', 'method', 'status'],
    buckets: HTTP_BUCKETS,
    registers,
  });
  const sockets = new Gauge({
    name: 'fairlead_websockets_open',
    help: 'Open WebSockets by operation.',
    labelNames: ['operation'],
    registers,
  });
  const closes = new Counter({
    name: 'fairlead_websockets_closed_total',
    help: 'WebSockets that have ended, by operation and close code.',
    labelNames: ['operation', 'code'],
    registers,
  });
  const engine = new Histogram({
    name: 'fairlead_engine_call_duration_seconds',
    help: 'Calls to Docker Engines by host, call and outcome.',
    labelNames: ['host', 'call', 'outcome'],
    buckets: ENGINE_BUCKETS,
    registers,
  });

  return {
    answered: (operation, method, status, seconds) =>
      requests.observe({ operation, method, status }, seconds),
    socketOpened: (operation) => sockets.inc({ operation }),
    socketClosed(operation, code) {
      sockets.dec({ operation });
      closes.inc({ operation, code });
    },
    engineCall: ({ seconds, ...labels }) => engine.observe(labels, seconds),
    gauge({ name, help, labels = [], read }) {
      const gauge = new Gauge({
        name,
        help,
        labelNames: [...labels],
        registers,
        collect() {
          this.reset();
          for (const { labels: at = {}, value } of read()) this.set({ ...at }, value);
        },
      });
      registry.registerMetric(gauge);
    },
    render: async () => ({ text: await registry.metrics(), contentType: registry.contentType }),
  };
}
