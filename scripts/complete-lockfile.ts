/**
 * Adds to package-lock.json the optional packages for other platforms that npm left out. It does so whenever the registry in
 * use (a company's mirror) does not carry them, and then `npm ci` refuses its own lockfile. Run after every change of
 * dependencies: npm run lockfile
 */
import { readFileSync, writeFileSync } from 'node:fs';

interface LockedPackage {
  version?: string;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  extraneous?: boolean;
  optionalDependencies?: Record<string, string>;
}

const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const { packages } = lockfile;
const added: string[] = [];

/** `@scope/cli-linux-x64-musl` says which platform it is for. */
function platform(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> {
  const [, os, cpu, libc] =
    /(?:^|[-/])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(
      name,
    ) ?? [];
  if (!os || !cpu) throw new Error(`${name}: the name tells no platform`);
  return {
    cpu: [cpu === 'arm' ? 'arm' : cpu],
    ...(libc === 'musl' || libc === 'musleabihf'
      ? { libc: ['musl'] }
      : libc === 'gnu' || libc === 'gnueabihf'
        ? { libc: ['glibc'] }
        : {}),
    os: [os],
  };
}

for (const { dev, optionalDependencies = {} } of Object.values(packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const path = `node_modules/${name}`;
    if (Object.keys(packages).some((known) => known === path || known.endsWith(`/${path}`))) continue;
    if (!/^\d/.test(version))
      throw new Error(`${name}@${version} is missing from the lockfile and has no exact version`);
    packages[path] = { version, ...platform(name), ...(dev ? { dev } : {}), optional: true };
    added.push(path);
  }
}

lockfile.packages = Object.fromEntries(
  Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
);
writeFileSync('package-lock.json', `${JSON.stringify(lockfile, null, 2)}\n`);
console.log(`${added.length} packages of other platforms added`);
