/** TLS material, PEM. */
export interface TlsMaterial {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Where an Engine listens, as one value that every client of it is built from. */
export type EngineAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'tls'; readonly host: string; readonly port: number; readonly tls: TlsMaterial }
  | {
      readonly kind: 'ssh';
      readonly host: string;
      readonly port: number;
      readonly username: string;
      /** The Engine's socket on the other side. */
      readonly path: string;
    };

export const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Reads a DOCKER_HOST style URL: `unix:///path`, `tcp://host:port`, `https://host:port`, `ssh://user@host[:port][/socket]`.
 * `tls` turns `tcp://` into TLS. Throws a TypeError that says what is wrong with the URL.
 */
export function parseEngineUrl(url: string, tls?: TlsMaterial): EngineAddress {
  if (url.startsWith('unix://')) {
    const path = url.slice('unix://'.length) || DEFAULT_SOCKET;
    if (!path.startsWith('/')) throw new TypeError(`"${url}": the path of a unix socket is absolute`);
    return { kind: 'unix', path };
  }
  if (!URL.canParse(url)) throw new TypeError(`"${url}" is not a URL such as unix:///var/run/docker.sock`);
  const parsed = new URL(url.replace(/^tcp:/, 'http:'));
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  switch (parsed.protocol) {
    case 'http:':
    case 'https:': {
      const secure = parsed.protocol === 'https:' || tls !== undefined;
      const port = portOf(url) ?? (secure ? 2376 : 2375);
      return secure ? { kind: 'tls', host, port, tls: tls ?? {} } : { kind: 'tcp', host, port };
    }
    case 'ssh:':
      if (parsed.password !== '')
        throw new TypeError('an ssh:// URL takes no password; use a key or an agent');
      return {
        kind: 'ssh',
        host,
        port: parsed.port === '' ? 22 : Number(parsed.port),
        username: decodeURIComponent(parsed.username) || 'root',
        path: parsed.pathname.length > 1 ? parsed.pathname : DEFAULT_SOCKET,
      };
    default:
      throw new TypeError(`"${url}": the scheme is none of unix, tcp, https, ssh`);
  }
}

/** `URL` drops a port that is its scheme's default, which for an Engine would be wrong. */
function portOf(url: string): number | undefined {
  const port = /:(\d+)(?:\/.*)?$/.exec(url)?.[1];
  return port === undefined ? undefined : Number(port);
}

/** The address as a person reads it, without secrets. */
export function describeAddress(address: EngineAddress): string {
  switch (address.kind) {
    case 'unix':
      return `unix://${address.path}`;
    case 'tcp':
      return `tcp://${address.host}:${address.port}`;
    case 'tls':
      return `https://${address.host}:${address.port}`;
    case 'ssh':
      return `ssh://${address.username}@${address.host}:${address.port}`;
  }
}
