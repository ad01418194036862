import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_SOCKET, type EngineAddress, parseEngineUrl, type TlsMaterial } from './address.ts';

/** The Engine of the host named `local`, as the environment gives it. */
export interface LocalEngineSettings {
  /** DOCKER_HOST; `null` for the Engine's own default. */
  readonly url: string | null;
  readonly tlsVerify: boolean;
  /** Folder with ca.pem, cert.pem and key.pem. */
  readonly certPath: string | null;
}

/** The address behind DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. Throws a TypeError that says what is wrong. */
export function localAddress({ url, tlsVerify, certPath }: LocalEngineSettings): EngineAddress {
  const tls = tlsVerify || certPath !== null ? readMaterial(certPath) : undefined;
  return parseEngineUrl(url ?? `unix://${DEFAULT_SOCKET}`, tls);
}

function readMaterial(folder: string | null): TlsMaterial {
  if (folder === null) return {};
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}
