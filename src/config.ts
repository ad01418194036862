import { readFileSync } from 'node:fs';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/** Every variable of the environment the server reads. Text only: the environment knows nothing else. */
const Environment = Type.Object({
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.String({ default: '3000', pattern: '^\\d{1,5}$' }),
  DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  FAIRLEAD_DATA_DIR: Type.String({ default: './data', minLength: 1 }),
  FAIRLEAD_ADMIN_TOKEN: Type.Optional(Type.String({ pattern: '^flt_[A-Za-z0-9_-]{32,128}$' })),
  FAIRLEAD_ALLOWED_ORIGINS: Type.String({ default: '' }),
  FAIRLEAD_ALLOWED_BIND_ROOTS: Type.String({ default: '' }),
  FAIRLEAD_TRUSTED_PROXIES: Type.String({ default: '' }),
  FAIRLEAD_TERMINAL_GRACE_SECONDS: Type.String({ default: '30', pattern: '^\\d{1,5}$' }),
  DOCKER_HOST: Type.Optional(Type.String({ pattern: '^(unix|tcp|https?|ssh)://' })),
  DOCKER_TLS_VERIFY: Type.String({ default: '' }),
  DOCKER_CERT_PATH: Type.Optional(Type.String({ minLength: 1 })),
  SSH_AUTH_SOCK: Type.Optional(Type.String({ minLength: 1 })),
  LOG_LEVEL: Type.String({ default: 'info', pattern: `^(${LOG_LEVELS.join('|')})$` }),
});

type Variable = keyof Static<typeof Environment>;

/** What is wrong with a variable, told to the person who starts the server. */
const HINTS: Readonly<Partial<Record<Variable, string>>> = {
  PORT: 'is a port number, 0 to 65535',
  DATABASE_URL: 'looks like postgres://user:password@host:5432/database',
  FAIRLEAD_ADMIN_TOKEN: 'is flt_ followed by 32 to 128 letters, digits, - or _',
  DOCKER_HOST:
    'looks like unix:///var/run/docker.sock, tcp://host:2375, https://host:2376 or ssh://user@host',
  LOG_LEVEL: `is one of ${LOG_LEVELS.join(', ')}`,
  FAIRLEAD_TERMINAL_GRACE_SECONDS: 'is a number of seconds',
};

/** Secrets may come from a file instead, named by the variable with `_FILE`. */
const SECRETS = ['DATABASE_URL', 'FAIRLEAD_ADMIN_TOKEN'] as const satisfies readonly Variable[];

export interface Config {
  readonly host: string;
  readonly port: number;
  /** PostgreSQL, or `null` for the embedded database. */
  readonly databaseUrl: string | null;
  readonly dataDir: string;
  readonly adminToken: string | null;
  /** Besides the server's own. */
  readonly allowedOrigins: readonly string[];
  /** Folders below which others than admins may bind-mount. */
  readonly allowedBindRoots: readonly string[];
  /** Addresses or networks whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** How long a terminal waits for a viewer to come back before its process is ended. */
  readonly terminalGraceSeconds: number;
  readonly docker: {
    readonly url: string | null;
    readonly tlsVerify: boolean;
    /** Folder with ca.pem, cert.pem and key.pem. */
    readonly certPath: string | null;
    /** Socket of an SSH agent, for an `ssh://` address. */
    readonly sshAgent: string | null;
  };
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** Every mistake of the environment at once, one a line. */
export class ConfigError extends Error {
  constructor(mistakes: readonly string[]) {
    super(
      `The environment has ${mistakes.length} mistake(s):\n${mistakes.map((line) => `  - ${line}`).join('\n')}`,
    );
    this.name = 'ConfigError';
  }
}

/** Reads the environment. Throws ConfigError with all that is wrong; no value of a secret is in it. */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  readSecret: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): Config {
  const mistakes: string[] = [];
  // An empty variable counts as unset: that is how compose files and unit files switch one off.
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  for (const name of SECRETS) {
    const path = given[`${name}_FILE`];
    if (path === undefined) continue;
    if (given[name] !== undefined) {
      mistakes.push(`${name} and ${name}_FILE are both set; keep one`);
      continue;
    }
    try {
      given[name] = readSecret(path).trim();
    } catch (error) {
      mistakes.push(`${name}_FILE: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const values = Value.Default(Environment, { ...given }) as Static<typeof Environment>;
  for (const { instancePath, message } of Value.Errors(Environment, values)) {
    const name = instancePath.split('/')[1] as Variable | undefined;
    mistakes.push(`${name ?? 'environment'} ${(name && HINTS[name]) ?? message}`);
  }
  if (Number(values.PORT) > 65_535) mistakes.push(`PORT ${HINTS.PORT}`);
  for (const origin of list(values.FAIRLEAD_ALLOWED_ORIGINS)) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) {
      mistakes.push(`FAIRLEAD_ALLOWED_ORIGINS: "${origin}" is no origin such as https://console.example.org`);
    }
  }
  for (const root of list(values.FAIRLEAD_ALLOWED_BIND_ROOTS)) {
    if (!root.startsWith('/'))
      mistakes.push(`FAIRLEAD_ALLOWED_BIND_ROOTS: "${root}" is not an absolute path`);
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    host: values.HOST,
    port: Number(values.PORT),
    databaseUrl: values.DATABASE_URL ?? null,
    dataDir: values.FAIRLEAD_DATA_DIR,
    adminToken: values.FAIRLEAD_ADMIN_TOKEN ?? null,
    allowedOrigins: list(values.FAIRLEAD_ALLOWED_ORIGINS),
    allowedBindRoots: list(values.FAIRLEAD_ALLOWED_BIND_ROOTS),
    trustedProxies: list(values.FAIRLEAD_TRUSTED_PROXIES),
    terminalGraceSeconds: Number(values.FAIRLEAD_TERMINAL_GRACE_SECONDS),
    docker: {
      url: values.DOCKER_HOST ?? null,
      tlsVerify: values.DOCKER_TLS_VERIFY !== '',
      certPath: values.DOCKER_CERT_PATH ?? null,
      sshAgent: values.SSH_AUTH_SOCK ?? null,
    },
    logLevel: values.LOG_LEVEL as Config['logLevel'],
  };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}
